import { expect, test } from "vitest";
import { Deadlines, type UsageMark } from "./deadlines.ts";
import { newMiniBatch } from "./mini-batch.ts";

const batch = (items: number, bytes: number) =>
  newMiniBatch({ id: 1, firstItem: 0, items, bytes, payload: new Uint8Array(), crc: 0 });
const usage = (cpuMs: number, ioBytes = 0) => ({ rssBytes: 0, cpuMs, ioBytes });
const markAt = (elapsedMs: number, cpuMs: number, extensions = 0): UsageMark => ({
  miniBatch: 1,
  attempt: 1,
  usage: usage(cpuMs),
  elapsedMs,
  extensions,
});

function learned(): Deadlines {
  const deadlines = new Deadlines("auto");
  for (let n = 0; n < 10; n++) deadlines.observe(batch(10, 1000), 2000);
  return deadlines;
}

test("a fixed deadline is a limit and nothing else", () => {
  const deadlines = new Deadlines(1000);
  expect(deadlines.judge(batch(1, 1), 999, null, null).kind).toBe("wait");
  expect(deadlines.judge(batch(1, 1), 1001, usage(1e9), markAt(500, 0)).kind).toBe("kill");
});

test("a learned deadline is patient at first, and then ten times what items and bytes let expect", () => {
  const deadlines = new Deadlines("auto");
  expect(deadlines.limitMs(batch(10, 1000))).toBe(300_000);
  for (let n = 0; n < 10; n++) deadlines.observe(batch(10, 1000), 2000);
  expect(deadlines.limitMs(batch(10, 1000))).toBe(20_000);
  expect(deadlines.limitMs(batch(1, 100))).toBe(5_000);
  expect(deadlines.limitMs(batch(100, 10_000))).toBe(200_000);
});

test("at a learned deadline a process that works goes on, one that hangs is killed", () => {
  const deadlines = learned();
  const works = deadlines.judge(batch(10, 1000), 20_001, usage(9000), markAt(10_000, 0));
  expect(works).toMatchObject({ kind: "extend", mark: { extensions: 1, elapsedMs: 20_001 } });
  expect(deadlines.judge(batch(10, 1000), 20_001, usage(10, 5000), markAt(10_000, 0)).kind).toBe("extend");
  const hangs = deadlines.judge(batch(10, 1000), 20_001, usage(10), markAt(10_000, 0));
  expect(hangs).toMatchObject({ kind: "kill", reason: expect.stringContaining("hangs") });
});

test("extensions are bounded", () => {
  const deadlines = learned();
  const last = deadlines.judge(batch(10, 1000), 120_001, usage(1e6), markAt(100_000, 0, 5));
  expect(last).toMatchObject({ kind: "kill", reason: expect.stringContaining("6 times over") });
});
