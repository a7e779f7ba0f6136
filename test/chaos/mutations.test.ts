import { expect, test } from "vitest";
import { runMutations } from "./mutations.ts";

test("a changed byte in rows file or ledger is recovered from or refused in words, and never gives other data", {
  timeout: 300_000,
}, () => {
  const seed = Date.now() % 2 ** 31;
  const report = runMutations({ seed, stride: 150 });
  expect(report.problems, `seed ${seed}`).toEqual([]);
  expect(report.recovered).toBeGreaterThan(100);
  expect(report.refused.get("ledger_damaged")).toBeGreaterThan(100);
});
