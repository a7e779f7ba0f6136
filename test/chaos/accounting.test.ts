import { expect, test } from "vitest";
import { runAccounting } from "./accounting.ts";

test("random inputs, scripts and settings: scored, failed, skipped and the output are what a simple model says", {
  timeout: 300_000,
}, async () => {
  const seed = Date.now() % 2 ** 31;
  const report = await runAccounting({ seed, runs: 60, limitMs: 60_000 });
  expect(report.problems, `repeat with: npm run chaos -- --accounting --seed ${seed}`).toEqual([]);
  expect(report.runs).toBeGreaterThanOrEqual(20);
});
