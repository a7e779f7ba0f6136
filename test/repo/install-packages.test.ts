import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findNode, findReasonToInstall } from "../../scripts/install-packages.mjs";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "batchwise-install-"));
  writeJson("package.json", { dependencies: { yaml: "^2.0.0" } });
  writeJson("package-lock.json", {
    packages: {
      "": { dependencies: { yaml: "^2.0.0" } },
      "node_modules/yaml": { version: "2.1.0" },
      "node_modules/for-another-system": { version: "1.0.0", optional: true },
    },
  });
  writeJson("node_modules/.package-lock.json", { packages: { "node_modules/yaml": { version: "2.1.0" } } });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
}

test("nothing is to be done when what npm installed is what the lockfile wants", () => {
  expect(findReasonToInstall(root)).toBeUndefined();
});

test("a first clone, an install that was interrupted, another version and a changed package.json are seen", () => {
  writeJson("node_modules/.package-lock.json", { packages: { "node_modules/yaml": { version: "2.0.0" } } });
  expect(findReasonToInstall(root)).toBe("node_modules/yaml differs");
  writeJson("node_modules/.package-lock.json", { packages: {} });
  expect(findReasonToInstall(root)).toBe("node_modules/yaml differs");
  rmSync(join(root, "node_modules/.package-lock.json"));
  expect(findReasonToInstall(root)).toBe("there are none");
  writeJson("node_modules/.package-lock.json", { packages: { "node_modules/yaml": { version: "2.1.0" } } });
  writeJson("package.json", { dependencies: { yaml: "^2.0.0", zod: "^4" } });
  expect(findReasonToInstall(root)).toBe("package.json has changed");
});

test("the Node of the package comes before the one that runs", () => {
  expect(findNode(root)).toBe(process.execPath);
  const own = join(root, "node_modules/node/bin/node");
  mkdirSync(dirname(own), { recursive: true });
  writeFileSync(own, "");
  expect(findNode(root)).toBe(own);
});

test("the lockfile of this repository has every package for every platform, without anybody's download address", () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8"));
  const missing: string[] = [];
  for (const [path, entry] of Object.entries<{ optionalDependencies?: object; resolved?: string }>(lock.packages)) {
    expect(entry.resolved, path).toBeUndefined();
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${path}/node_modules/${name}`];
      if (!places.some((place) => place in lock.packages)) missing.push(`${path}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
});
