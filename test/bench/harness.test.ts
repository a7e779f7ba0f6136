import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { judgeRow, renderRow } from "../../bench/harness/report.ts";
import type { RowResult } from "../../bench/harness/row.ts";
import { requireSameOutput } from "../../bench/harness/same-output.ts";
import { median } from "../../bench/harness/statistics.ts";
import { readOptions } from "../../bench/options.ts";

const root = dirname(dirname(import.meta.dirname));

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-bench-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("median is the middle value, of an even count the mean of the middle two", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

describe("requireSameOutput", () => {
  const whole = Buffer.alloc(3 << 20, "row\n");

  function writeBoth(expected: Uint8Array, found: Uint8Array): [string, string] {
    const folder = makeFolder();
    const paths: [string, string] = [join(folder, "expected"), join(folder, "found")];
    writeFileSync(paths[0], expected);
    writeFileSync(paths[1], found);
    return paths;
  }

  test("accepts the same bytes", async () => {
    await requireSameOutput(...writeBoth(whole, whole), "peer", false);
    await requireSameOutput(...writeBoth(Buffer.alloc(0), Buffer.alloc(0)), "peer", false);
  });

  test("names the first byte that differs, beyond the first chunk too", async () => {
    const changed = Buffer.from(whole);
    changed[(2 << 20) + 5] = 0;
    await expect(requireSameOutput(...writeBoth(whole, changed), "peer", false)).rejects.toThrow(
      `differs from ours at byte ${(2 << 20) + 5}`,
    );
  });

  test("accepts the beginning only where it is asked for", async () => {
    for (const length of [0, 1 << 20, (1 << 20) + 1]) {
      const part = whole.subarray(0, length);
      await requireSameOutput(...writeBoth(whole, part), "peer", true);
      await expect(requireSameOutput(...writeBoth(whole, part), "peer", false)).rejects.toThrow(`at byte ${length}`);
      await expect(requireSameOutput(...writeBoth(part, whole), "peer", true)).rejects.toThrow(`at byte ${length}`);
    }
  });
});

describe("the table", () => {
  const contender = { run: () => Promise.reject(new Error("not run here")) };
  const result: RowResult = {
    name: "row",
    title: "A row",
    loadBefore: 0,
    loadAfter: 0,
    plan: {
      parameters: "sizes",
      metrics: [{ key: "ms", label: "ms", digits: 0 }],
      ratioOf: "ms",
      contenders: [
        { ...contender, name: "ours" },
        { ...contender, name: "peer", note: "fewer" },
      ],
      goals: [
        { what: "ms", contender: "ours", metric: "ms", must: 25, aim: 15, better: "lower" },
        { what: "more", contender: "ours", metric: "ms", must: 25, aim: 30, better: "higher" },
      ],
      skipped: ["other: not here"],
    },
    samples: new Map([
      ["ours", [{ ms: 10 }, { ms: 20 }, { ms: 40 }]],
      ["peer", [{ ms: 20 }, { ms: 40 }]],
    ]),
  };

  test("has medians with their range, and ratios pair by pair", () => {
    const text = renderRow(result);
    expect(text).toMatch(/\| ours \| +20 \(10…40\) \| +1× \| +3 \|/);
    expect(text).toMatch(/\| peer \| +30 \(20…40\) \| +2× \| +2 \|/);
    expect(text).toContain("- peer: fewer\n- not measured: other: not here");
  });

  test("judges medians against must and aim", () => {
    expect(judgeRow(result).map(({ text }) => text)).toEqual(["met", "missed"]);
  });
});

test("options that make no sense are refused", () => {
  expect(readOptions(["--quick"]).repeat).toBe(1);
  expect(readOptions(["--repeat", "5", "--only", "a", "--only", "b"])).toMatchObject({ repeat: 5, only: ["a", "b"] });
  expect(() => readOptions(["--repeat", "0"])).toThrow("--repeat is a whole number");
  expect(() => readOptions(["--peers", "some"])).toThrow("--peers is local or all");
});

test("a small row runs to its table", () => {
  const args = [join(root, "bench", "main.ts"), "--quick", "--only", "first-row", "--package", root];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toContain("all figures: ");
  expect(stdout).toMatch(/\| batchwise +\| +\d+ \|/);
  expect(status).toBe(0);
});
