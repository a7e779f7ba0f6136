import { expect, test } from "vitest";
import { badItemKinds, measureBadItem, measureOvershoot, measureRestart } from "./figures.ts";

test.each(badItemKinds)(
  "one bad item in 10,000 (%s): exactly that one is reported, for a bounded number of runs",
  {
    timeout: 120_000,
  },
  async (kind) => {
    const { reported, extraRuns, allowedRuns } = await measureBadItem(kind);
    expect(reported).toBe(1);
    expect(extraRuns).toBeLessThanOrEqual(allowedRuns);
  },
);

test("after a worker's death its mini-batch soon runs again", async () => {
  // The goal is one second at the 99th percentile on a quiet machine; this one is busy with other tests.
  expect((await measureRestart(20)).medianMs).toBeLessThan(1_000);
});

test("a deadline is not much overshot with the GIL held or SIGTERM ignored, and no process is left", async () => {
  const { medianMs, left } = await measureOvershoot(8);
  expect(medianMs).toBeLessThan(2_000);
  expect(left).toBe(0);
});
