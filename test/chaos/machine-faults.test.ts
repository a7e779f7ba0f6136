/** Sections C and D of the catalogue where no other test stands: files, clocks and limits that are not as one hopes, under a whole driver. */

import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { makeFolder, makeJob, numberedFiles, readFailedItems, readOutput, runToEnd } from "../support/job.ts";
import { copyDriverProgram, type DriverProgram } from "./driver-program.ts";
import { driveToEnd, startDriver } from "./run-driver.ts";

let program: DriverProgram;
beforeAll(() => {
  program = copyDriverProgram();
});
afterAll(() => program.remove());

const echo = "import os\ndef init(): pass\ndef run(b): return [os.path.basename(p) for p in b]\n";
const allNames = (count: number) => `${Object.keys(numberedFiles(count)).join("\n")}\n`;

test("an empty file, a sparse file of 100 GB and one whose reading fails are items like others: the last one fails alone", async () => {
  const script = `
import os
def init(): pass
def run(mini_batch):
    rows = []
    for path in mini_batch:
        with open(path, "rb") as f: rows.append("%s %d" % (os.path.basename(path), len(f.read(10))))
    return rows
`;
  const made = makeJob(script, { ...numberedFiles(5), empty: "", sparse: "" }, { maxRetries: 0 });
  truncateSync(join(made.input, "sparse"), 100 * 1024 ** 3);
  // Reading a process's memory from its beginning is an I/O error.
  symlinkSync(`/proc/${process.pid}/mem`, join(made.input, "unreadable"));
  const outcome = await runToEnd(made.job);
  expect(outcome).toMatchObject({ status: "Completed", listed: 8, scored: 7, failed: 1 });
  expect(readOutput(made.job)).toContain("empty 0\n");
  expect(readOutput(made.job)).toContain("sparse 10\n");
  expect(readFailedItems(made.job)).toMatchObject([
    { path: join(made.input, "unreadable"), error_type: expect.stringMatching(/^(OS|Permission)Error$/) },
  ]);
});

test("the folder above the output goes away while the job runs: it is made again, and nothing is lost", async () => {
  const above = join(makeFolder(), "above");
  const script = `
import os, shutil
def init(): pass
def run(mini_batch):
    shutil.rmtree(${JSON.stringify(above)}, ignore_errors=True)
    return [os.path.basename(p) for p in mini_batch]
`;
  mkdirSync(above);
  const made = makeJob(script, numberedFiles(20), { outputPath: join(above, "out") });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 20 });
  expect(readOutput(made.job)).toBe(allNames(20));
});

test.each([
  ["is gone", (wal: string) => rmSync(wal)],
  ["is cut", (wal: string) => truncateSync(wal, 5_000)],
  [
    "has a shared memory file of something else beside it",
    (wal: string) => writeFileSync(wal.replace("-wal", "-shm"), "x".repeat(32768)),
  ],
])("a killed driver's ledger whose log %s: what is lost of it runs again", { timeout: 60_000 }, async (_, damage) => {
  const script = `${echo.replace("def run(b):", "def run(b):\n    import time; time.sleep(0.02)\n   ")}`;
  const made = makeJob(script, numberedFiles(40), { workers: 1, miniBatchSize: 2 });
  const run = startDriver(made.job, { program });
  await run.waitFor("first-commit");
  run.child.kill("SIGKILL");
  await run.outcome;
  damage(`${jobPaths(made.folder).ledger}-wal`);
  const outcome = await driveToEnd({ ...made.job, isNew: false }, { program });
  // Without the log the ledger is that of the last checkpoint: either it has all that is needed to go on, or that is said.
  if (outcome.status === "Refused")
    expect(outcome.error).toMatchObject({ code: "ledger_damaged", hint: expect.any(String) });
  else {
    expect(outcome).toMatchObject({ status: "Completed", scored: 40, failed: 0 });
    expect(readOutput(made.job)).toBe(allNames(40));
  }
});

test("the wall clock jumps to and fro while a job runs: deadlines and order do not mind", async () => {
  const script = echo.replace("def run(b):", "def run(b):\n    import time; time.sleep(0.03)\n   ");
  const made = makeJob(script, numberedFiles(40), { miniBatchSize: 2, timeoutMs: 3_000, maxRetries: 0 });
  const real = Date.now.bind(Date);
  const jumps = [-3_600_000, 10 * 365 * 86_400_000, 0, 3_600_000];
  let calls = 0;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => real() + jumps[calls++ % jumps.length]!);
  try {
    expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 40, failed: 0 });
  } finally {
    clock.mockRestore();
  }
  expect(readOutput(made.job)).toBe(allNames(40));
});

test.each([34, 38, 44, 60])(
  "with %i file descriptors a job completes or says what it lacks, and completes when it has more",
  { timeout: 90_000 },
  async (descriptors) => {
    const made = makeJob(echo, numberedFiles(60), { workers: 8, miniBatchSize: 1 });
    const wrapper = ["prlimit", `--nofile=${descriptors}`];
    let outcome = await driveToEnd(made.job, { program, wrapper });
    if (outcome.status !== "Completed") {
      expect(outcome.error?.hint, JSON.stringify(outcome)).toEqual(expect.any(String));
      outcome = await driveToEnd({ ...made.job, isNew: false }, { program });
    }
    expect(outcome).toMatchObject({ status: "Completed", scored: 60, failed: 0 });
    expect(readOutput(made.job)).toBe(allNames(60));
  },
);

test("with a heap of 64 MB a driver takes 300 MB of rows: results wait for the disk, not the other way round", {
  timeout: 90_000,
}, async () => {
  const script =
    'import os\ndef init(): pass\ndef run(b): return ["%s %s" % (os.path.basename(p), "r" * 3000000) for p in b]\n';
  const made = makeJob(script, numberedFiles(100), { workers: 2, miniBatchSize: 2 });
  const environment = { NODE_OPTIONS: "--max-old-space-size=64" };
  expect(await driveToEnd(made.job, { program, environment })).toMatchObject({ status: "Completed", scored: 100 });
  expect(readOutput(made.job).length).toBe(100 * (3_000_000 + "f00000.txt \n".length));
});

test("logs that cannot be written do no harm to the job", async () => {
  const script = echo.replace("def run(b):", "def run(b):\n    print('hello', flush=True)\n   ");
  const made = makeJob(script, numberedFiles(20), { workers: 2 });
  const { logs, driverLog } = jobPaths(made.folder);
  mkdirSync(logs);
  symlinkSync("/dev/full", driverLog);
  const outcome = await runToEnd(made.job);
  expect(outcome).toMatchObject({ status: "Completed", scored: 20, failed: 0 });
});
