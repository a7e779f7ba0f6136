import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { parseIgnoreRules } from "./ignore-rules.ts";

test.for([
  ["*.txt", "a.txt", true],
  ["*.txt", "b/c/a.txt", true],
  ["/a.txt", "b/a.txt", false],
  ["b/*.txt", "b/a.txt", true],
  ["b/*.txt", "x/b/a.txt", false],
  ["b/*.txt", "b/c/a.txt", false],
  ["b/**/a.txt", "b/a.txt", true],
  ["b/**/a.txt", "b/c/d/a.txt", true],
  ["**/a.txt", "c/d/a.txt", true],
  ["b/**", "b/x/y", true],
  ["build/", "build", false],
  ["a?.txt", "ab.txt", true],
  ["[!a].txt", "b.txt", true],
  ["[a-c].txt", "d.txt", false],
  ["# x", "# x", false],
  ["\\#x", "#x", true],
  ["*.txt\n!a.txt", "a.txt", false],
  ["a.txt  ", "a.txt", true],
  ["a(b).txt", "a(b).txt", true],
  ["a\\*", "ab", false],
] as const)("%j on %s: %s", ([rules, path, ignored]) => {
  expect(parseIgnoreRules(rules)(path, false)).toBe(ignored);
});

test("a pattern for folders takes folders only", () => {
  const isIgnored = parseIgnoreRules("build/");
  expect(isIgnored("x/build", true)).toBe(true);
  expect(isIgnored("x/build", false)).toBe(false);
});

const hasGit = spawnSync("git", ["--version"]).status === 0;

test.runIf(hasGit)("patterns mean what they mean to git", () => {
  const folder = makeTempFolder();
  execFileSync("git", ["init", "-q", folder]);
  const part = fc.constantFrom("a", "b", "*", "?", "**", "/", "a*", "*.x", "[ab]", "!", "x");
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
  const name = fc.constantFrom("a", "b", "ab", "a.x");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  fc.assert(
    fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 3 }),
      fc.array(path, { minLength: 1, maxLength: 8 }),
      (patterns, paths) => {
        // Git has oddities of its own in these: three stars, a pattern of nothing but slashes.
        fc.pre(patterns.every((each) => !/\*\*\*|\/\/|^!?\/*$|[^/]\*\*|\*\*[^/]|!.*!/.test(each)));
        writeFileSync(join(folder, ".gitignore"), `${patterns.join("\n")}\n`);
        const rules = parseIgnoreRules(patterns.join("\n"));
        // As the snapshot asks: what is below an ignored folder is never looked at.
        const isIgnored = (each: string) =>
          each.split("/").some((_, at, names) => rules(names.slice(0, at + 1).join("/"), at + 1 < names.length));
        const answer = spawnSync("git", ["check-ignore", "--no-index", "--stdin"], {
          cwd: folder,
          input: paths.join("\n"),
          encoding: "utf8",
        });
        const ignored = new Set(answer.stdout.split("\n"));
        for (const each of paths)
          expect([patterns, each, isIgnored(each)]).toEqual([patterns, each, ignored.has(each)]);
      },
    ),
    { numRuns: 100 },
  );
});
