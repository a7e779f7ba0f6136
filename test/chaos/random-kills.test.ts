import { expect, test } from "vitest";
import { runRandomKills } from "./random-kills.ts";

test("after at least 50 kills of driver and workers the output is that of an undisturbed run", {
  timeout: 300_000,
}, async () => {
  const seed = Date.now() % 2 ** 31;
  const report = await runRandomKills({ seed, kills: 50 });
  expect(report.problems, `seed ${seed}`).toEqual([]);
  expect(report.kills).toBeGreaterThanOrEqual(50);
});
