import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkImports } from "../../scripts/check-imports.ts";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "batchwise-imports-"));
  write("package.json", JSON.stringify({ dependencies: { yaml: "^2" }, devDependencies: { vitest: "^5" } }));
  write("src/errors.ts", "export class E extends Error {}\n");
  write("src/storage/files.ts", 'import { E } from "../errors.ts";\nexport const files = E;\n');
  write("src/output/ledger.ts", 'import { files } from "../storage/files.ts";\nexport const ledger = files;\n');
  write("src/driver/driver.ts", 'import { ledger } from "../output/ledger.ts";\nexport const driver = ledger;\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("imports that point down pass, over several levels too", () => {
  write(
    "src/cli/main.ts",
    'import { E } from "../errors.ts";\nimport { driver } from "../driver/driver.ts";\nexport { E, driver };\n',
  );
  expect(checkImports(root)).toEqual([]);
});

test("an import that points up is named with file and line", () => {
  write(
    "src/storage/bad.ts",
    '// why\nimport type { ledger } from "../output/ledger.ts";\nexport type L = typeof ledger;\n',
  );
  expect(checkImports(root)).toEqual([
    'src/storage/bad.ts:2: "storage" imports src/output/ledger.ts, but "output" stands above it',
  ]);
});

test("a folder on the same level is refused", () => {
  write("src/jobs/submit.ts", 'import { driver } from "../driver/driver.ts";\nexport const submit = driver;\n');
  expect(checkImports(root)).toEqual([
    'src/jobs/submit.ts:1: "jobs" imports src/driver/driver.ts, but "driver" stands beside it',
  ]);
});

test("an import over several lines, a late import, a re-export and the file of a thread are seen", () => {
  write("src/output/other.ts", "export const a = 1;\n");
  write(
    "src/config/bad.ts",
    [
      "import {",
      "  ledger,",
      '} from "../output/ledger.ts";',
      'export * from "../output/other.ts";',
      'export const late = () => import("../driver/driver.ts");',
      'export const thread = new URL("../output/other.ts", import.meta.url);',
      "export const l = ledger;",
      "",
    ].join("\n"),
  );
  expect(checkImports(root).map((problem) => problem.split(": ")[0])).toEqual([
    "src/config/bad.ts:3",
    "src/config/bad.ts:4",
    "src/config/bad.ts:5",
    "src/config/bad.ts:6",
  ]);
});

test("a circle is shown whole, once", () => {
  write("src/input/a.ts", 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  write("src/input/b.ts", 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  expect(checkImports(root)).toEqual([
    "src/input/b.ts:1: imports in a circle: src/input/a.ts -> src/input/b.ts -> src/input/a.ts",
  ]);
});

test("a package must be a dependency; in tests a development one will do", () => {
  write(
    "src/config/read.ts",
    'import { parse } from "yaml";\nimport { join } from "node:path";\nexport { join, parse };\n',
  );
  write("src/config/read.test.ts", 'import { test } from "vitest";\ntest("", () => {});\n');
  write("src/config/bad.ts", 'import { test } from "vitest";\nexport { test };\n');
  expect(checkImports(root)).toEqual([
    'src/config/bad.ts:1: imports the package "vitest", which is not among the dependencies of package.json',
  ]);
});

test("a folder that the table does not know is refused", () => {
  write("src/utils/misc.ts", "export const misc = 1;\n");
  expect(checkImports(root)).toEqual([
    'src/utils/misc.ts:1: "utils" has no place in the table of scripts/check-imports.ts',
  ]);
});

test("a file that does not exist is named", () => {
  write("src/cli/main.ts", 'import { gone } from "../driver/gone.ts";\nexport { gone };\n');
  expect(checkImports(root)).toEqual(["src/cli/main.ts:1: imports src/driver/gone.ts, which does not exist"]);
});

test("a test may use the helpers in test/, the source may not", () => {
  write("test/support/temp-folder.ts", "export const makeTempFolder = () => 1;\n");
  write(
    "src/config/a.test.ts",
    'import { makeTempFolder } from "../../test/support/temp-folder.ts";\nmakeTempFolder();\n',
  );
  expect(checkImports(root)).toEqual([]);
  write("src/config/a.ts", 'import { makeTempFolder } from "../../test/support/temp-folder.ts";\nmakeTempFolder();\n');
  expect(checkImports(root)).toEqual([
    "src/config/a.ts:1: imports test/support/temp-folder.ts, which lies outside src/",
  ]);
});
