import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findTestPython } from "../../test/support/python.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { checkTargets } from "./check-targets.ts";
import type { Finding, RuleExample } from "./finding.ts";
import { rules } from "./rules.ts";

/** Checks an example as the command does; `--model`, `--environment` among its words. */
async function checkExample({ files, words }: RuleExample): Promise<readonly Finding[]> {
  const folder = makeTempFolder();
  writeTree(folder, files);
  const value = (option: string) => {
    const at = words.indexOf(option);
    return at < 0 ? null : join(folder, words[at + 1] as string);
  };
  const report = await checkTargets([join(folder, words[0] as string)], {
    model: value("--model"),
    environment: value("--environment"),
    python: words.includes("--environment") ? null : findTestPython(),
    home: join(folder, "home"),
    resolveModel: () => null,
    resolveEnvironment: () => null,
  });
  return report.findings;
}

/** The line that the example marks. */
function findMarkedLine({ files }: RuleExample): number {
  const text = Object.values(files).find((each) => /# .*\bhere$/m.test(each)) as string;
  return text.split("\n").findIndex((line) => /# .*\bhere$/.test(line)) + 1;
}

test.each(rules)("$id finds what it is about, and nothing else does", async ({ id, level, bad }) => {
  const findings = await checkExample(bad);
  expect(findings.map(({ rule, line, level: found }) => ({ rule, line, level: found }))).toEqual([
    { rule: id, line: findMarkedLine(bad), level },
  ]);
});

test.each(rules)("$id lets pass what looks alike", async ({ good }) => {
  expect(await checkExample(good)).toEqual([]);
});

test("rules have different ids, and each says why and how", () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { id, title, why, fix } of rules) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const sentence of [title, why, fix]) expect(sentence).toMatch(/^([A-Z`]|[a-z_]+[ (]).*\.$/s);
  }
});

test("every rule that the linter reports is in the table", () => {
  const folder = join(import.meta.dirname, "../../python/batchwise_lint");
  const sources = ["contract", "arguments", "returns", "global_names", "paths", "costs", "__main__"];
  const reported = sources.flatMap((name) =>
    [...readFileSync(join(folder, `${name}.py`), "utf8").matchAll(/(?:finding\(|"rule": )"([a-z-]+?)-?"/g)].map(
      ([, id]) => id as string,
    ),
  );
  const known = rules.map(({ id }) => id);
  expect(reported.length).toBeGreaterThan(8);
  for (const id of reported) expect(known.some((each) => each === id || each.startsWith(`${id}-`))).toBe(true);
});
