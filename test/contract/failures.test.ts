/** Design §3, the rows about counting, retries, limits and isolation, each with a real script in real Python. */

import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jobPaths } from "../../src/storage/job-paths.ts";
import {
  makeFolder,
  makeJob,
  numberedFiles,
  readFailedItems,
  readOutput,
  runToEnd,
  type TestJob,
} from "../support/job.ts";

/** Scores by name; raises, crashes, hangs … for the files whose name says so. */
const moody = `
import os, sys, time, ctypes
def init():
    pass
def run(mini_batch):
    rows = []
    for path in mini_batch:
        name = os.path.basename(path)
        if "raise" in name: raise ValueError("cannot read " + name)
        if "segfault" in name: ctypes.string_at(0)
        if "osexit" in name: os._exit(7)
        if "sysexit" in name: sys.exit("bye")
        if "hang" in name:
            while True: pass
        if "abort" in name: os.abort()
        rows.append(name)
    return rows
`;

const names = (test: TestJob) => Object.keys(test).sort();

/** Runs `moody` over 30 good files and one bad one in the middle; checks that exactly the bad one is reported. */
async function expectOneBadItem(bad: string, reason: string, settings: Parameters<typeof makeJob>[2] = {}) {
  const files = { ...numberedFiles(30), [`f00014-${bad}.txt`]: "" };
  const made = makeJob(moody, files, { maxRetries: 1, ...settings });
  const outcome = await runToEnd(made.job);
  expect(outcome).toMatchObject({ status: "Completed", listed: 31, scored: 30, failed: 1, skipped: 0 });
  const expected = Object.keys(numberedFiles(30));
  expect(readOutput(made.job)).toBe(`${expected.join("\n")}\n`);
  const items = readFailedItems(made.job);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ path: join(made.input, `f00014-${bad}.txt`), reason });
  return { item: items[0]!, outcome, made };
}

describe("one bad item among good ones: retries, isolation, and exactly that one is reported", () => {
  test("an exception, with the script's own traceback and without our frames", async () => {
    const { item } = await expectOneBadItem("raise", "exception");
    expect(item.error_type).toBe("ValueError");
    expect(item.traceback).toContain('score.py", line 9, in run');
    expect(item.traceback).not.toContain("batchwise_worker");
  });
  test("a segmentation fault", async () => {
    const { item } = await expectOneBadItem("segfault", "crash");
    expect(item.message).toContain("SIGSEGV");
    expect(item.traceback).toContain("score.py");
  });
  test("abort()", async () => {
    const { item } = await expectOneBadItem("abort", "crash");
    expect(item.message).toContain("SIGABRT");
  });
  test("os._exit", async () => {
    const { item } = await expectOneBadItem("osexit", "exit");
    expect(item.message).toContain("exit code 7");
  });
  test("sys.exit", async () => {
    await expectOneBadItem("sysexit", "exit");
  });
  test("an endless loop: the deadline, with the Python stacks in the log and in the report", async () => {
    const { item, made } = await expectOneBadItem("hang", "timeout", { timeoutMs: 400, maxRetries: 0 });
    expect(item.message).toContain("took longer than 0.4 s");
    expect(item.traceback).toContain("score.py");
    const logs = [0, 1]
      .map((slot) => readFileSync(join(jobPaths(made.folder).logs, `worker-${slot}.log`), "utf8"))
      .join("");
    expect(logs).toContain("in run");
  });
});

describe("counting", () => {
  test("fewer elements than items: the difference counts as failed", async () => {
    const script = "def init(): pass\ndef run(mini_batch): return mini_batch[:-2]\n";
    const made = makeJob(script, numberedFiles(25));
    const outcome = await runToEnd(made.job);
    // Three mini-batches of 10, 10 and 5.
    expect(outcome).toMatchObject({ status: "Completed", listed: 25, scored: 19, failed: 6 });
    const items = readFailedItems(made.job);
    expect(items.every((item) => item.path === null && item.reason === "too_few_rows")).toBe(true);
    expect(outcome.topReasons[0]).toMatchObject({ reason: "too_few_rows", count: 6 });
  });

  test("more rows than items are fine", async () => {
    const script = "def init(): pass\ndef run(mini_batch): return [1, 2, 3] * len(mini_batch)\n";
    const made = makeJob(script, numberedFiles(5));
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 5, failed: 0, rows: 15 });
  });

  test("a wrong return type fails with a message that names the type and the remedy", async () => {
    const made = makeJob("def init(): pass\ndef run(mini_batch): return None\n", numberedFiles(4), { maxRetries: 0 });
    const outcome = await runToEnd(made.job);
    expect(outcome).toMatchObject({ status: "Failed", failed: 4, scored: 0 });
    expect(outcome.error?.code).toBe("all_items_failed");
    expect(outcome.topReasons[0]?.message).toMatch(/None.*list/s);
  });

  test("summary_only: returned elements only count", async () => {
    const made = makeJob("def init(): pass\ndef run(mini_batch): return mini_batch\n", numberedFiles(12), {
      outputAction: "summary_only",
    });
    const outcome = await runToEnd(made.job);
    expect(outcome).toMatchObject({ status: "Completed", scored: 12, rows: 0, outputFile: null });
    expect(existsSync(join(jobPaths(made.folder).defaultOutput, "predictions.csv"))).toBe(false);
  });
});

describe("retries and limits", () => {
  test("max_retries more attempts follow a failed one, and a success in between counts", async () => {
    const counter = join(makeFolder(), "attempts");
    const script = `
import os
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(counter)}, "ab") as f: f.write(b"x")
    if os.path.getsize(${JSON.stringify(counter)}) < 3: raise RuntimeError("not yet")
    return mini_batch
`;
    const made = makeJob(script, numberedFiles(3), { workers: 1, maxRetries: 2 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 3, failed: 0 });
    expect(readFileSync(counter, "utf8")).toBe("xxx");
  });

  test("a mini-batch is given up after max_retries more attempts", async () => {
    const counter = join(makeFolder(), "attempts");
    const script = `
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(counter)}, "ab") as f: f.write(b"x")
    raise RuntimeError("never")
`;
    const made = makeJob(script, numberedFiles(3), { workers: 1, maxRetries: 2, isolateFailures: false });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Failed", scored: 0, failed: 3 });
    expect(readFileSync(counter, "utf8")).toBe("xxx");
    expect(readFailedItems(made.job).map((item) => item.attempts)).toEqual([3, 3, 3]);
  });

  test("above the error threshold the job fails at once, below it completes", async () => {
    const files = { ...numberedFiles(50), "a-raise.txt": "", "b-raise.txt": "", "c-raise.txt": "" };
    const settings = { maxRetries: 0, miniBatchSize: 1 };
    const strict = await runToEnd(makeJob(moody, files, { ...settings, errorThreshold: 2 }).job);
    expect(strict.status).toBe("Failed");
    expect(strict.error?.code).toBe("error_threshold_exceeded");
    const lenient = await runToEnd(makeJob(moody, files, { ...settings, errorThreshold: 3 }).job);
    expect(lenient).toMatchObject({ status: "Completed", failed: 3, scored: 50 });
  });

  test("without isolation all items of a failing mini-batch fail", async () => {
    const files = { ...numberedFiles(29), "f00014-raise.txt": "" };
    const made = makeJob(moody, files, { maxRetries: 0, isolateFailures: false });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 20, failed: 10 });
    expect(readFailedItems(made.job)).toHaveLength(10);
  });

  test("the only mini-batch of a job is isolated too", async () => {
    const made = makeJob(moody, { ...numberedFiles(7), "f00003-raise.txt": "" }, { maxRetries: 0 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 7, failed: 1 });
  });

  test("a good item is found even when every mini-batch of the job has a bad one", async () => {
    const files = { "a-raise.txt": "", "b-raise.txt": "", "c-raise.txt": "", "d.txt": "" };
    const made = makeJob(moody, files, { maxRetries: 1, miniBatchSize: 2 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 1, failed: 3 });
    // Two attempts in company and one alone.
    expect(readFailedItems(made.job).map((item) => item.attempts)).toEqual([3, 3, 3]);
  });

  test("a broken model costs a bounded number of runs", async () => {
    const counter = join(makeFolder(), "runs");
    const script = `
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(counter)}, "ab") as f: f.write(b"x")
    raise RuntimeError("broken")
`;
    const made = makeJob(script, numberedFiles(500), { maxRetries: 0 });
    expect(await runToEnd(made.job)).toMatchObject({ status: "Failed", failed: 500 });
    // 50 mini-batches, and no more extra runs than the budget of isolation.
    expect(readFileSync(counter, "utf8").length).toBeLessThanOrEqual(50 + 34);
  });
});

describe("init()", () => {
  test("a failing init() ends the job within seconds, with the traceback", async () => {
    const started = performance.now();
    const outcome = await runToEnd(
      makeJob('def init(): raise OSError("no model here")\ndef run(b): return b\n', numberedFiles(5)).job,
    );
    expect(outcome.status).toBe("Failed");
    expect(outcome.error?.code).toBe("workers_cannot_start");
    expect(outcome.error?.message).toMatch(/score\.py", line 1, in init[\s\S]*OSError: no model here/);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test("an init() that fails once is tried again", async () => {
    const flag = join(makeFolder(), "flag");
    const script = `
import os
def init():
    if not os.path.exists(${JSON.stringify(flag)}):
        open(${JSON.stringify(flag)}, "w").close()
        raise OSError("first time")
def run(mini_batch): return mini_batch
`;
    expect(await runToEnd(makeJob(script, numberedFiles(5), { workers: 1 }).job)).toMatchObject({
      status: "Completed",
      scored: 5,
    });
  });

  test("an init() that hangs is ended after the limit", async () => {
    const script = "import time\ndef init(): time.sleep(1000)\ndef run(b): return b\n";
    const outcome = await runToEnd(makeJob(script, numberedFiles(5), { initTimeoutMs: 300, workers: 1 }).job);
    expect(outcome.status).toBe("Failed");
    expect(outcome.error?.message).toContain("init() did not finish within 0.3 s");
  });
});

describe("items that are not what was planned", () => {
  test("an item that vanished or changed since the listing is reported, and not scored as something else", async () => {
    // The second mini-batch changes files of the third, which is planned by then: the first chunk of the plan is one mini-batch, the second has both.
    const script = `
import os
def init(): pass
def run(mini_batch):
    folder = os.path.dirname(mini_batch[0])
    first = os.path.join(folder, "f00010.txt")
    if first in mini_batch:
        os.remove(os.path.join(folder, "f00025.txt"))
        with open(os.path.join(folder, "f00026.txt"), "w") as f: f.write("something else")
    return [os.path.basename(p) for p in mini_batch]
`;
    const made = makeJob(script, numberedFiles(30), { workers: 1 });
    const outcome = await runToEnd(made.job);
    expect(outcome).toMatchObject({ status: "Completed", listed: 30, scored: 28, failed: 2 });
    expect(readFailedItems(made.job).map(({ path, reason }) => [path?.slice(-10), reason])).toEqual([
      ["f00025.txt", "vanished"],
      ["f00026.txt", "changed"],
    ]);
    expect(readOutput(made.job).split("\n")).toHaveLength(29);
  });

  test("a file touched before the job is no change", async () => {
    const made = makeJob("def init(): pass\ndef run(b): return b\n", numberedFiles(3));
    utimesSync(join(made.input, "f00001.txt"), 1_600_000_000.123456, 1_600_000_000.987654);
    expect(await runToEnd(made.job)).toMatchObject({ scored: 3, failed: 0 });
  });
});

test("nothing of a worker is left when the job has ended", async () => {
  const made = makeJob(moody, numberedFiles(20));
  await runToEnd(made.job);
  expect(existsSync(jobPaths(made.folder).workers)).toBe(false);
  expect(names(made)).toContain("job");
  rmSync(made.folder, { recursive: true });
  writeFileSync(made.folder, "");
});
