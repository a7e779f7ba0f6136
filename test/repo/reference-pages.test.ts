import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findStalePages } from "../../scripts/build-docs.ts";
import { settingNames, settingOf } from "../../src/config/settings.ts";
import { errorRegistry } from "../../src/errors.ts";

const root = join(import.meta.dirname, "../..");

function readRepoFile(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

test("the page of error codes lists each code of the registry, and no other", () => {
  const listed = [...readRepoFile("docs/reference/errors.md").matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual(Object.keys(errorRegistry));
});

test("the registry of error codes is sorted", () => {
  const codes = Object.keys(errorRegistry);
  expect(codes).toEqual([...codes].sort());
});

test("a code that bin/batchwise prints by itself is in the registry", () => {
  const codes = [...readRepoFile("bin/batchwise").matchAll(/code: (\w+)/g)].map(([, code]) => code);
  expect(Object.keys(errorRegistry)).toEqual(expect.arrayContaining(codes));
});

test("the page of settings names each flag once", () => {
  const page = readRepoFile("docs/reference/settings.md");
  for (const name of settingNames) {
    const { flag } = settingOf(name);
    expect(page.match(new RegExp(`\`${flag}[ \`]`, "g")), flag).toHaveLength(name === "file" ? 2 : 1);
  }
});

test("the generated pages are what the source says (npm run docs writes them)", () => {
  expect(findStalePages()).toEqual([]);
});
