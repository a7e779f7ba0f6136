import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobOutcome, ProgressSnapshot } from "../driver/job-outcome.ts";
import { BatchwiseError } from "../errors.ts";
import { formatCount, formatDuration, formatRate } from "./format.ts";
import { openProgress } from "./progress.ts";
import { RateEstimator } from "./rate.ts";
import { formatSummary } from "./summary.ts";
import { showText } from "./terminal.ts";

const start: ProgressSnapshot = {
  phase: "running",
  listed: 1000,
  planComplete: true,
  scored: 0,
  failed: 0,
  skipped: 0,
  rows: 0,
  rowsBytes: 0,
  miniBatches: 100,
  miniBatchesDone: 0,
  endedThisRun: 0,
  workers: { wanted: 2, starting: 0, idle: 0, busy: 2 },
  elapsedMs: 0,
  waitingFor: null,
};

const at = (elapsedMs: number, scored: number, more: Partial<ProgressSnapshot> = {}): ProgressSnapshot => ({
  ...start,
  elapsedMs,
  scored,
  endedThisRun: scored,
  ...more,
});

function capture(isTTY = false, columns = 100) {
  return {
    isTTY,
    columns,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
}

describe("the live line", () => {
  test("shows bar, counts, rate, workers and at last an ETA, on one line", () => {
    const stream = capture(true);
    const view = openProgress("auto", stream, {});
    for (let second = 0; second <= 10; second++) view.update(at(second * 1000, second * 50));
    const last = stream.text.split("\r\u001b[2K").at(-1) as string;
    expect(showPlain(last)).toMatch(/^█{10}░{10} 500 of 1,000 items · 50\.0 items\/s · 2 workers · 10\.0 s left$/);
    expect(stream.text).not.toContain("\n");
    view.note("a notice");
    expect(stream.text).toContain("a notice\n");
    view.end();
    expect(stream.text.endsWith("\r\u001b[2K")).toBe(true);
  });

  test("gives no ETA while the listing goes on or nothing can be told", () => {
    const stream = capture(true);
    const view = openProgress("live", stream, {});
    for (let second = 0; second <= 10; second++) view.update(at(second * 1000, second * 50, { planComplete: false }));
    expect(stream.text).not.toContain("left");
    expect(stream.text).toContain("1,000+ (listing) items");
  });

  test("never is wider than the terminal", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.string({ unit: "binary", maxLength: 300 }),
        (columns, waitingFor) => {
          const stream = capture(true, columns);
          openProgress("live", stream, { NO_COLOR: "1" }).update(at(5000, 5, { waitingFor, failed: 3 }));
          const line = stream.text.replace("\r\u001b[2K", "");
          expect(line.length).toBeLessThan(columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });

  test("is plain text with NO_COLOR", () => {
    const stream = capture(true);
    openProgress("live", stream, { NO_COLOR: "1" }).update(at(5000, 5, { failed: 1 }));
    expect(stream.text.replaceAll("\u001b[2K", "")).not.toContain("\u001b");
  });
});

describe("plain lines", () => {
  test("come at growing intervals, at most a few in an hour's first minute", () => {
    const stream = capture();
    const view = openProgress("auto", stream, {});
    for (let second = 0; second <= 3600; second++) view.update(at(second * 1000, Math.floor(second / 10)));
    const lines = stream.text.trim().split("\n");
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThan(90);
    expect(lines[0]).toMatch(/^0 of 1,000 items, 0\.00 items\/s, 2 workers$/);
    expect(stream.text).not.toContain("\r");
  });

  test("say at once why nothing moves", () => {
    const stream = capture();
    const view = openProgress("plain", stream, {});
    view.update(at(2500, 0));
    view.update(at(2600, 0, { waitingFor: "waiting for a worker" }));
    expect(stream.text).toContain("waiting for a worker\n");
  });
});

describe("the rate", () => {
  test("follows a change of speed, and is exact while the speed is even", () => {
    const rate = new RateEstimator();
    for (let second = 0; second <= 60; second++) rate.add(second * 1000, second * 10);
    expect(rate.perSecond()).toBeCloseTo(10, 5);
    for (let second = 61; second <= 120; second++) rate.add(second * 1000, 600 + (second - 60) * 100);
    expect(rate.perSecond()).toBeGreaterThan(95);
  });

  test("tells nothing in the first seconds, and nothing while nothing ends", () => {
    const rate = new RateEstimator();
    rate.add(0, 0);
    rate.add(1000, 10);
    expect(rate.remainingMs(100)).toBeNull();
    const idle = new RateEstimator();
    for (let second = 0; second < 60; second++) idle.add(second * 1000, 0);
    expect(idle.remainingMs(100)).toBeNull();
  });
});

describe("the summary", () => {
  const outcome: JobOutcome = {
    status: "Completed",
    listed: 1200,
    scored: 1190,
    failed: 8,
    skipped: 2,
    rows: 1190,
    rowsBytes: 123_456,
    miniBatches: 120,
    wallMs: 12_345,
    endedThisRun: 1200,
    runMs: 20_000,
    workerMs: 24_000,
    workers: 2,
    outputFolder: "/out",
    outputFile: "/out/predictions.csv",
    scriptFiles: 0,
    topReasons: [
      {
        reason: "exception",
        errorType: "ValueError",
        message: "bad\n\u001b[31mpixel",
        count: 8,
        examplePath: "/in/a\nb.png",
        exampleMiniBatch: 17,
      },
    ],
    failedItemsFile: "/jobs/j/failed-items.jsonl",
    error: null,
    resumable: false,
  };
  const context = { name: "j", jobFolder: "/jobs/j" };

  test("says what happened, in words and figures", () => {
    const text = formatSummary(outcome, context, capture());
    expect(text).toBe(
      [
        "j: completed with failed items",
        "  items    1,190 items scored, 8 failed, 2 skipped",
        "  rows     1,190 rows, 120.6 KiB",
        "  time     12.3 s, 97.2 items/s, 2 workers, 83 % of the workers' time in run()",
        "  output   /out/predictions.csv",
        "  failed because of",
        "    8 items: exception: ValueError: bad \\x1b[31mpixel",
        "      for example /in/a b.png",
        "      debug it: batchwise replay j --home / 17",
        "  all failed items: /jobs/j/failed-items.jsonl",
        "",
      ].join("\n"),
    );
  });

  test("says how to go on when the job was interrupted", () => {
    const text = formatSummary(
      { ...outcome, status: "Interrupted", scored: 100, outputFolder: null, outputFile: null, resumable: true },
      context,
      capture(),
    );
    expect(text).toContain("1,090 items not done yet");
    expect(text).toContain("go on with: batchwise resume j");
    expect(text).toContain("not published yet; the job folder is /jobs/j");
  });

  test("as JSON carries the error as an object", () => {
    const stream = capture();
    const view = openProgress("json", stream, {});
    const error = new BatchwiseError("all_items_failed", "none", { hint: "mend" });
    expect(view.showOutcome({ ...outcome, status: "Failed", error })).toBe(true);
    expect(JSON.parse(stream.text)).toMatchObject({
      type: "summary",
      status: "Failed",
      error: { code: "all_items_failed", message: "none", hint: "mend" },
    });
  });
});

test.for([
  [0, "0.00 s"],
  [9_990, "9.99 s"],
  [9_999, "10.0 s"],
  [59_940, "59.9 s"],
  [59_999, "1 min 00 s"],
  [3_599_999, "1 h 00 min"],
  [7_384_000, "2 h 03 min"],
] as const)("%d ms is %s", ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});

test("numbers are grouped, rates have three digits", () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0.254, 12.34, 99.96, 4310.4, Number.NaN].map(formatRate)).toEqual(["0.25", "12.3", "100", "4,310", "0"]);
});

test("text from elsewhere cannot move the cursor, and stays readable", () => {
  expect(showText("ü🙂\t\n")).toBe("ü🙂\t\n");
  expect(showText("\u001b[2J\u0007\u009b\u202e\udcff\r")).toBe("\\x1b[2J\\x07\\x9b\\u202e\\udcff\\x0d");
});

function showPlain(text: string): string {
  return text.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "");
}
