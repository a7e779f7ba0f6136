/** Limits of memory, logs and time with real workers; design §3 and the catalogue's rows 13, 14, 15, 18, 19, 25. */

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findProcessesWithVariable } from "../../src/compute/process-tree.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { makeFolder, makeJob, numberedFiles, readFailedItems, runToEnd } from "../support/job.ts";

const MiB = 1 << 20;

test("over its memory limit an attempt fails as out of memory with the peak, and isolation finds the item", async () => {
  const script = `
import os
def init(): pass
def run(mini_batch):
    for path in mini_batch:
        if "huge" in path:
            hoard = []
            while True: hoard.append(bytearray(1 << 20))
    return [os.path.basename(p) for p in mini_batch]
`;
  const files = { ...numberedFiles(20), "f00007-huge.txt": "" };
  const made = makeJob(script, files, { memoryLimitBytes: 200 * MiB, maxRetries: 0 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 20, failed: 1 });
  expect(readFailedItems(made.job)).toMatchObject([
    { path: join(made.input, "f00007-huge.txt"), reason: "out_of_memory" },
  ]);
  expect(readFailedItems(made.job)[0]?.message).toMatch(/limit of 200\.0 MiB; its peak was \d/);
});

test("a worker that leaks is replaced between mini-batches, and nothing fails", async () => {
  const pids = join(makeFolder(), "pids");
  const script = `
import os, time
leak = []
def init():
    with open(${JSON.stringify(pids)}, "a") as f: f.write("%d\\n" % os.getpid())
def run(mini_batch):
    leak.append(bytearray(20 << 20))
    time.sleep(0.12)
    return mini_batch
`;
  const made = makeJob(script, numberedFiles(24), { miniBatchSize: 1, workers: 2, maxRssBytes: 120 * MiB });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 24, failed: 0 });
  expect(readFileSync(pids, "utf8").trim().split("\n").length).toBeGreaterThan(2);
});

test("a log that grows without end is cut, with a line that says how much is gone", async () => {
  const script = `
import time
def init(): pass
def run(mini_batch):
    for _ in range(40):
        print("x" * 100000)
        time.sleep(0.01)
    return mini_batch
`;
  const made = makeJob(script, numberedFiles(2), { maxLogBytes: 200_000, workers: 1, miniBatchSize: 1 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 2 });
  const log = join(jobPaths(made.folder).logs, "worker-0.log");
  expect(statSync(log).size).toBeLessThan(4 * MiB);
  expect(readFileSync(log, "utf8")).toMatch(/this log is full \(195\.3 KiB\); \d+ bytes were cut/);
});

test("a script that ignores SIGTERM and leaves a daemon behind is ended at its deadline, with all that it started", async () => {
  const script = `
import os, signal, subprocess, time
def init(): pass
def run(mini_batch):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "f00000" in mini_batch[0]:
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        while True:
            try:
                while True: time.sleep(1)
            except BaseException: pass
    return mini_batch
`;
  const made = makeJob(script, numberedFiles(4), { miniBatchSize: 1, timeoutMs: 500, maxRetries: 0 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 3, failed: 1 });
  expect(findProcessesWithVariable("BATCHWISE_JOB_TOKEN", made.job.folder)).toEqual([]);
});

test("memory auto starts one worker first and more when there is room", async () => {
  const script = "import time\ndef init(): pass\ndef run(b):\n    time.sleep(0.05)\n    return b\n";
  const made = makeJob(script, numberedFiles(60), { miniBatchSize: 1, workers: 3, memory: "auto" });
  let first = 0;
  let most = 0;
  const outcome = await runToEnd(made.job, {
    onProgress: ({ workers, scored }) => {
      const alive = workers.starting + workers.idle + workers.busy;
      if (scored === 0) first = Math.max(first, alive);
      most = Math.max(most, alive);
    },
  });
  expect(outcome).toMatchObject({ status: "Completed", scored: 60 });
  expect(first).toBe(1);
  expect(most).toBe(3);
});
