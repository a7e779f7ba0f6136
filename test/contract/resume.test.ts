/** A job that was stopped, killed or failed goes on from its folder. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runJob } from "../../src/driver/run-job.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import {
  makeFolder,
  makeJob,
  numberedFiles,
  readFailedItems,
  readOutput,
  reopenJob,
  runToEnd,
} from "../support/job.ts";

const slow = `
import os, time
def init(): pass
def run(mini_batch):
    time.sleep(0.02)
    return [os.path.basename(p) for p in mini_batch]
`;

const expected = (count: number) => `${Object.keys(numberedFiles(count)).join("\n")}\n`;

test("drain lets running mini-batches finish, loses nothing, and the job goes on", async () => {
  const made = makeJob(slow, numberedFiles(400));
  const running = runJob(made.job, { onFirstCommit: () => running.drain() });
  const outcome = await running.outcome;
  expect(outcome).toMatchObject({ status: "Interrupted", error: null, resumable: true, outputFolder: null });
  expect(outcome.scored).toBeGreaterThan(0);
  expect(outcome.scored).toBeLessThan(400);
  const resumed = await runToEnd(reopenJob(made.job));
  expect(resumed).toMatchObject({ status: "Completed", listed: 400, scored: 400, failed: 0 });
  expect(resumed.endedThisRun).toBe(400 - outcome.scored);
  expect(readOutput(made.job)).toBe(expected(400));
});

test("stopNow ends at once and loses nothing that was committed", async () => {
  const made = makeJob(slow, numberedFiles(400));
  const running = runJob(made.job, { onFirstCommit: () => running.stopNow() });
  const outcome = await running.outcome;
  expect(outcome.status).toBe("Interrupted");
  expect(await runToEnd(reopenJob(made.job, { workers: 3 }))).toMatchObject({ status: "Completed", scored: 400 });
  expect(readOutput(made.job)).toBe(expected(400));
});

test("a resumed job keeps the plan: files that came later are not in it, files that went are reported", async () => {
  const made = makeJob(slow, numberedFiles(60));
  const running = runJob(made.job, { onFirstCommit: () => running.stopNow() });
  await running.outcome;
  writeFileSync(join(made.input, "f00000-later.txt"), "");
  rmSync(join(made.input, "f00059.txt"));
  expect(await runToEnd(reopenJob(made.job))).toMatchObject({ status: "Completed", listed: 60, scored: 59, failed: 1 });
  expect(readFailedItems(made.job)).toMatchObject([{ path: join(made.input, "f00059.txt"), reason: "vanished" }]);
});

test("--retry-failed tries quarantined items again, after the output was published", async () => {
  const flag = join(makeFolder(), "mended");
  const script = `
import os
def init(): pass
def run(mini_batch):
    if not os.path.exists(${JSON.stringify(flag)}) and any("f00013" in p for p in mini_batch): raise ValueError("not mended")
    return [os.path.basename(p) for p in mini_batch]
`;
  const made = makeJob(script, numberedFiles(25), { maxRetries: 0 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 24, failed: 1 });
  expect(await runToEnd(reopenJob(made.job))).toMatchObject({
    status: "Completed",
    scored: 24,
    failed: 1,
    endedThisRun: 0,
  });
  expect(readFailedItems(made.job)).toHaveLength(1);
  writeFileSync(flag, "");
  expect(await runToEnd(reopenJob(made.job, {}, { retryFailed: true }))).toMatchObject({
    status: "Completed",
    scored: 25,
    failed: 0,
  });
  expect(existsSync(jobPaths(made.job.folder).failedItems)).toBe(false);
  expect(readOutput(made.job)).toBe(expected(25));
});

test("--retry-failed takes a file that was mended meanwhile as it is now", async () => {
  const script = `
import os
def init(): pass
def run(mini_batch):
    rows = []
    for path in mini_batch:
        with open(path) as f: rows.append(int(f.read()))
    return rows
`;
  const made = makeJob(script, { ...numberedFiles(5), "f00002.txt": "broken" }, { maxRetries: 0 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 4, failed: 1 });
  writeFileSync(join(made.input, "f00002.txt"), "2 ");
  expect(await runToEnd(reopenJob(made.job, {}, { retryFailed: true }))).toMatchObject({ scored: 5, failed: 0 });
  expect(readOutput(made.job)).toBe("0\n1\n2\n3\n4\n");
});

test("the reasons of earlier runs are told again", async () => {
  const script = "def init(): pass\ndef run(b): raise ValueError('never')\n";
  const made = makeJob(script, numberedFiles(2), { maxRetries: 0 });
  expect((await runToEnd(made.job)).topReasons).toMatchObject([{ count: 2, errorType: "ValueError" }]);
  expect((await runToEnd(reopenJob(made.job))).topReasons).toMatchObject([{ count: 2, errorType: "ValueError" }]);
});

test("another mini-batch size re-plans what is not finished and keeps what is", async () => {
  const made = makeJob(slow, numberedFiles(300));
  const running = runJob(made.job, { onFirstCommit: () => running.stopNow() });
  const { scored } = await running.outcome;
  const resumed = await runToEnd(reopenJob(made.job, { miniBatchSize: 7 }, { replan: true }));
  expect(resumed).toMatchObject({ status: "Completed", scored: 300, endedThisRun: 300 - scored });
  expect(readOutput(made.job)).toBe(expected(300));
});

test("a job that failed on its threshold goes on with a higher one", async () => {
  const script = `
import os
def init(): pass
def run(b):
    if "f00003" in b[0] or "f00007" in b[0]: raise ValueError("no")
    return [os.path.basename(p) for p in b]
`;
  const made = makeJob(script, numberedFiles(40), { miniBatchSize: 1, maxRetries: 0, errorThreshold: 1 });
  expect((await runToEnd(made.job)).error?.code).toBe("error_threshold_exceeded");
  const resumed = await runToEnd(reopenJob(made.job, { errorThreshold: 2 }));
  expect(resumed).toMatchObject({ status: "Completed", scored: 38, failed: 2 });
});

test("a rows file that is shorter than the ledger says is refused, not guessed at", async () => {
  const made = makeJob(slow, numberedFiles(100));
  const running = runJob(made.job, { onFirstCommit: () => running.stopNow() });
  await running.outcome;
  const rows = jobPaths(made.folder).rows;
  writeFileSync(rows, readFileSync(rows).subarray(0, 5));
  await expect(runToEnd(reopenJob(made.job))).rejects.toMatchObject({ name: "BatchwiseError" });
});

test("a worker that is killed from outside costs no attempt, and its mini-batches run again", async () => {
  const script = `
import os, signal
def init(): pass
def run(b):
    marker = os.environ["MARK"]
    if "f00005" in b[0] and not os.path.exists(marker):
        open(marker, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return [os.path.basename(p) for p in b]
`;
  const mark = join(makeFolder(), "mark");
  const made = makeJob(script, numberedFiles(40), {
    miniBatchSize: 1,
    maxRetries: 0,
    environmentVariables: { MARK: mark },
  });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 40, failed: 0 });
  expect(readOutput(made.job)).toBe(expected(40));
});
