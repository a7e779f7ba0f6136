/** Section A of the catalogue where no other test stands: processes that are stopped, killed in each phase, or out of hand, under a whole driver. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killQuietly } from "../../src/compute/process-tree.ts";
import { makeFolder, makeJob, numberedFiles, readFailedItems, readOutput, runToEnd } from "../support/job.ts";
import { copyDriverProgram, type DriverProgram } from "./driver-program.ts";
import { findJobProcesses, sleep, startDriver } from "./run-driver.ts";

let program: DriverProgram;
beforeAll(() => {
  program = copyDriverProgram();
});
afterAll(() => program.remove());

const allNames = (count: number) => `${Object.keys(numberedFiles(count)).join("\n")}\n`;

describe("a worker killed from outside", () => {
  test.each(["loading", "init", "run", "idle", "formatting"])(
    "while it is in %s costs no attempt, and its mini-batch runs again within two seconds",
    async (phase) => {
      const folder = makeFolder();
      // The first worker that comes to the phase notes when, and waits there for its end.
      const script = `
import os, time
def wait_in(phase):
    if phase != ${JSON.stringify(phase)}: return
    try: os.mkdir(${JSON.stringify(join(folder, "there"))})
    except FileExistsError: return
    os.kill(os.getpid(), 9)
class Row:
    def __str__(self):
        wait_in("formatting")
        return "row"
wait_in("loading")
def init(): wait_in("init")
def run(mini_batch):
    if os.path.exists(${JSON.stringify(join(folder, "there"))}) and not os.path.exists(${JSON.stringify(join(folder, "again"))}):
        open(${JSON.stringify(join(folder, "again"))}, "w").close()
    wait_in("run")
    if ${JSON.stringify(phase)} == "idle":
        import threading
        threading.Timer(0.02, wait_in, ["idle"]).start()
        time.sleep(0.01)
    return [Row() if ${JSON.stringify(phase)} == "formatting" else os.path.basename(p) for p in mini_batch]
`;
      const made = makeJob(script, numberedFiles(12), { workers: 1, miniBatchSize: 3, maxRetries: 0 });
      const outcome = await runToEnd(made.job);
      expect(outcome).toMatchObject({ status: "Completed", scored: 12, failed: 0 });
      expect(outcome.wallMs).toBeLessThan(10_000);
      if (phase === "idle") return;
      const age = (name: string) => Number(execFileSync("stat", ["-c", "%.Y", join(folder, name)]));
      expect(age("again") - age("there")).toBeLessThan(2);
    },
  );
});

test("a stopped worker is killed at its deadline, and nothing of it is committed when it comes back", async () => {
  const folder = makeFolder();
  const script = `
import os, signal
def init(): pass
def run(mini_batch):
    if "f00004.txt" in mini_batch[0]:
        try:
            os.mkdir(${JSON.stringify(join(folder, "stopped"))})
            os.kill(os.getpid(), signal.SIGSTOP)
            return ["LATE"] * len(mini_batch)
        except FileExistsError: pass
    return [os.path.basename(p) for p in mini_batch]
`;
  const made = makeJob(script, numberedFiles(12), { workers: 1, miniBatchSize: 4, timeoutMs: 600, maxRetries: 1 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 12, failed: 0 });
  expect(readOutput(made.job)).toBe(allNames(12));
});

test.each([
  ["the driver alone, as when its machine starves", false],
  ["driver and workers together, as when a machine is suspended", true],
])("a pause of %s ends no attempt and runs nothing twice", { timeout: 60_000 }, async (_, withWorkers) => {
  const counter = join(makeFolder(), "runs");
  const script = `
import os, time
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(counter)}, "ab") as f: f.write(b"x")
    time.sleep(0.05)
    return [os.path.basename(p) for p in mini_batch]
`;
  const made = makeJob(script, numberedFiles(40), { workers: 2, miniBatchSize: 1, timeoutMs: 1_500, maxRetries: 0 });
  const run = startDriver(made.job, { program });
  await run.waitFor("first-commit");
  const stopped = [run.child.pid!, ...(withWorkers ? findJobProcesses(made.job) : [])];
  for (const pid of stopped) killQuietly(pid, "SIGSTOP");
  // Longer than the deadline of every mini-batch that was under way.
  await sleep(4_000);
  for (const pid of stopped) killQuietly(pid, "SIGCONT");
  const outcome = await run.outcome;
  expect(outcome).toMatchObject({ status: "Completed", scored: 40 });
  expect(readOutput(made.job)).toBe(allNames(40));
  // With the clock running on, a run() that was itself stopped beyond its deadline may be charged for it: that is one for each worker.
  expect(readFileSync(counter, "utf8").length).toBeLessThanOrEqual(withWorkers ? 42 : 40);
});

describe("a run() past its deadline", () => {
  test.each([
    ["holds the GIL in C code", "sum(range(10**15))"],
    ["reads a pipe that nobody writes to", 'open(path + ".fifo").read()'],
    ["ignores every signal and exception", "ignore_all()"],
  ])("is ended when it %s, at most two seconds late, and no process is left", async (_, statement) => {
    const script = `
import os, signal
def ignore_all():
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
def init(): pass
def run(mini_batch):
    for path in mini_batch:
        if "bad" in path:
            if not os.path.exists(path + ".fifo"): os.mkfifo(path + ".fifo")
            ${statement}
    return [os.path.basename(p) for p in mini_batch]
`;
    const files = { ...numberedFiles(6), "f00002-bad.txt": "" };
    const made = makeJob(script, files, { workers: 2, miniBatchSize: 1, timeoutMs: 500, maxRetries: 0 });
    const outcome = await runToEnd(made.job);
    expect(outcome).toMatchObject({ status: "Completed", scored: 6, failed: 1 });
    expect(readFailedItems(made.job)).toMatchObject([{ reason: "timeout" }]);
    // Two workers start meanwhile, on a machine that may be busy.
    expect(outcome.wallMs).toBeLessThan(500 + 2_000 + 4_000);
    expect(findJobProcesses(made.job)).toEqual([]);
  });
});

test("children, grandchildren and threads that a script starts without end are all gone at its deadline", async () => {
  // Batchwise sets no limit of its own on their number (`ulimit -u` and cgroups do); a bomb of a bounded size shows that all of it is found.
  const script = `
import os, threading, time
def breed(depth):
    for _ in range(4):
        if os.fork() == 0:
            if depth % 2: os.setsid()
            if depth > 0: breed(depth - 1)
            time.sleep(1000)
def init(): pass
def run(mini_batch):
    if "bad" in mini_batch[0]:
        for _ in range(50): threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
        breed(2)
        time.sleep(1000)
    return [os.path.basename(p) for p in mini_batch]
`;
  const files = { ...numberedFiles(4), "f00002-bad.txt": "" };
  const made = makeJob(script, files, { workers: 1, miniBatchSize: 1, timeoutMs: 1_000, maxRetries: 0 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 4, failed: 1 });
  expect(findJobProcesses(made.job)).toEqual([]);
});

test("rows that differ from one attempt to the next: each mini-batch's rows are those of one attempt", async () => {
  const script = `
import os, random, time
def init(): pass
def run(mini_batch):
    attempt = random.getrandbits(64)
    for path in mini_batch:
        yield "%s %d" % (os.path.basename(path), attempt)
        time.sleep(0.001)
        if random.random() < 0.01: os.kill(os.getpid(), 9)
`;
  const made = makeJob(script, numberedFiles(200), { workers: 3, miniBatchSize: 8, maxRetries: 30 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 200, failed: 0 });
  const rows = readOutput(made.job)
    .trim()
    .split("\n")
    .map((row) => row.split(" "));
  expect(rows.map(([name]) => name)).toEqual(Object.keys(numberedFiles(200)));
  for (let from = 0; from < 200; from += 8) {
    expect(new Set(rows.slice(from, from + 8).map(([, attempt]) => attempt)).size).toBe(1);
  }
});

test("a drained driver ends by itself although a worker's child holds its log", async () => {
  const script = `
import os, time
def init():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(1000)
        os._exit(0)
def run(mini_batch):
    time.sleep(0.02)
    return [os.path.basename(p) for p in mini_batch]
`;
  const made = makeJob(script, numberedFiles(60), { workers: 2, miniBatchSize: 1 });
  const run = startDriver(made.job, { program });
  await run.waitFor("first-commit");
  run.child.kill("SIGINT");
  expect(await run.outcome).toMatchObject({ status: "Interrupted", error: null });
  for (let tries = 0; findJobProcesses(made.job).length > 0 && tries < 100; tries++) await sleep(20);
  expect(findJobProcesses(made.job)).toEqual([]);
  const again = await startDriver({ ...made.job, isNew: false }, { program }).outcome;
  expect(again).toMatchObject({ status: "Completed", scored: 60, failed: 0 });
  expect(readOutput(made.job)).toBe(allNames(60));
});
