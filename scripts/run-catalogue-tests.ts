import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { catalogue } from "../test/chaos/catalogue.ts";
import { readLastResults, writeLastResults } from "../test/chaos/last-results.ts";
import { ensureEnvironment } from "./python-env.ts";

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Runs every test that the catalogue names, and keeps how each ended. */
export async function runCatalogueTests(root: string): Promise<void> {
  const named = catalogue.flatMap(({ tests }) => tests);
  const files = [...new Set(named.map(([file]) => file))];
  const python = ensureEnvironment("test");
  const environment = { ...process.env, BATCHWISE_TEST_PYTHON: python };
  const found = [
    ...runVitest(
      root,
      files.filter((file) => file.endsWith(".ts")),
      environment,
    ),
    ...runUnittest(
      root,
      files.filter((file) => file.endsWith(".py")),
      python,
    ),
  ];
  const tests: Record<string, string> = {};
  for (const [file, title] of named) {
    const results = found.filter((each) => each.file === file && each.title.includes(title.replaceAll('\\"', '"')));
    tests[`${file} ${title}`] =
      results.length === 0 ? "not found" : results.every(({ passed }) => passed) ? "passed" : "FAILED";
  }
  writeLastResults({ ...readLastResults(), tests, testsAt: new Date().toISOString().slice(0, 16).replace("T", " ") });
}

interface TestResult {
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
}

function runVitest(root: string, files: readonly string[], env: NodeJS.ProcessEnv): TestResult[] {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-catalogue-"));
  try {
    const report = join(folder, "report.json");
    const program = join(root, "node_modules", "vitest", "vitest.mjs");
    const args = [program, "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`, ...files];
    spawnSync(process.execPath, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status }) => ({
        file: name.slice(root.length + 1),
        title: fullName,
        passed: status === "passed",
      })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** unittest's `-v` has a line for each test: `test_x (tests.test_processes.XTest.test_x) ... ok`. */
function runUnittest(root: string, files: readonly string[], python: string): TestResult[] {
  const modules = files.map((file) => `tests.${basename(file, ".py")}`);
  const { stderr } = spawnSync(python, ["-m", "unittest", "-v", ...modules], {
    cwd: join(root, "python"),
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return [...stderr.matchAll(/^(test_\w+) \(tests\.(\w+)\.[^)]*\)(?:\n[^\n]*)?? \.\.\. (\w+)/gm)].map(
    ([, title, module, result]) => ({
      file: `python/tests/${module}.py`,
      title: title!,
      passed: result === "ok",
    }),
  );
}
