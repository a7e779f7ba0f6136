import { expect, test } from "vitest";
import { checkText } from "../../scripts/check-text.ts";

const lines = (count: number) => "x\n".repeat(count);

test("a source file of 350 lines passes with a warning, one of 351 does not", () => {
  expect(checkText("src/a.ts", lines(300))).toEqual({ errors: [], warnings: [] });
  expect(checkText("src/a.ts", lines(350))).toMatchObject({
    errors: [],
    warnings: [expect.stringContaining("350 lines")],
  });
  expect(checkText("src/a.ts", lines(351)).errors).toEqual([expect.stringMatching(/^src\/a\.ts:350: has 351 lines/)]);
});

test("a test may be longer, and text that is no source any length", () => {
  expect(checkText("src/a.test.ts", lines(351)).errors).toEqual([]);
  expect(checkText("docs/a.md", lines(5000)).errors).toEqual([]);
});

test.each([
  ["a path of one machine", "see /root/.cache/x"],
  ["a path of one machine", 'read("/work/main/a")'],
  ["the host of a package registry", "https://registry.npmjs.org/node"],
  ["a note to oneself", "// TODO: later"],
  ["a test that is switched off", 'it.skip("x", () => {})'],
  ["a merge conflict", "<<<<<<< HEAD"],
])("%s is found with its line", (why, text) => {
  const { errors } = checkText("docs/a.md", `fine\n${text}\n`);
  expect(errors).toEqual([expect.stringMatching(/^docs\/a\.md:2: /)]);
  expect(errors[0]).toContain(why);
});

test("words that only look alike pass", () => {
  expect(checkText("src/a.ts", "mktemp XXXXXX; src/work/x; ../root/a; network/work/; skip()\n").errors).toEqual([]);
});
