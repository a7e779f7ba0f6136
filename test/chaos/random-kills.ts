/**
 * Kills drivers, guardians and workers with SIGKILL at random moments, resumes, and compares the output with that of an undisturbed run of another worker count.
 * Everything random comes from the seed, except for what the machine does meanwhile.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tokenVariable } from "../../src/compute/local.ts";
import { findProcessesWithVariable, killQuietly } from "../../src/compute/process-tree.ts";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { findTestPython } from "../support/python.ts";
import { Random } from "../support/random.ts";

/** Rows by mini-batch, and files of its own: one per item in folders, so that both ways of output are under test. */
const script = `
import os, time
def init():
    global out
    out = os.environ["AZUREML_BI_OUTPUT_PATH"]
    os.makedirs(os.path.join(out, "parts"), exist_ok=True)
def run(mini_batch):
    rows = []
    for path in mini_batch:
        name = os.path.basename(path)
        with open(path) as f: text = f.read()
        rows.append(name + " " + text * 3)
        if int(name[1:6]) % 3 == 0:
            with open(os.path.join(out, "parts", name), "w") as f: f.write(text.upper())
    time.sleep(0.001)
    print(len(rows))
    return rows
`;

const driveProgram = fileURLToPath(new URL("../support/drive.ts", import.meta.url));
const maxRestarts = 400;

export interface KillOptions {
  readonly seed: number;
  /** Stops after this many kills, at the end of the job that is running then. */
  readonly kills: number;
  onJob?(summary: { readonly jobs: number; readonly kills: number; readonly restarts: number }): void;
}

export interface KillReport {
  readonly jobs: number;
  readonly kills: number;
  readonly restarts: number;
  readonly problems: readonly string[];
}

/** Runs jobs under fire until there were enough kills; stops at the first problem. */
export async function runRandomKills(options: KillOptions): Promise<KillReport> {
  const random = new Random(options.seed);
  const problems: string[] = [];
  let kills = 0;
  let jobs = 0;
  let restarts = 0;
  while (kills < options.kills && problems.length === 0) {
    const root = mkdtempSync(join(tmpdir(), "batchwise-chaos-"));
    try {
      const input = join(root, "input");
      writeInput(input, random.integer(150, 400), random);
      const miniBatchSize = random.integer(1, 12);
      const calm = await runUndisturbed(makeChaosJob(join(root, "calm"), input, miniBatchSize, 3), root);
      const job = makeChaosJob(join(root, "fire"), input, miniBatchSize, random.integer(1, 2));
      const fire = await runUnderFire(job, root, random);
      kills += fire.kills;
      restarts += fire.restarts;
      const expected = hashFolder(jobPaths(calm.folder).defaultOutput);
      const found = fire.problem === null ? hashFolder(jobPaths(job.folder).defaultOutput) : expected;
      if (fire.problem !== null) problems.push(`job ${jobs}: ${fire.problem}`);
      if (found !== expected) problems.push(`job ${jobs}: the output differs from that of the undisturbed run`);
      const left = findProcessesWithVariable(tokenVariable, job.folder);
      if (left.length > 0 && !(await waitForEnd(job.folder))) problems.push(`job ${jobs}: processes ${left} are left`);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
    jobs++;
    options.onJob?.({ jobs, kills, restarts });
  }
  return { jobs, kills, restarts, problems };
}

function writeInput(input: string, count: number, random: Random): void {
  for (let index = 0; index < count; index++) {
    const folder = join(input, `d${random.integer(0, 5)}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${String(index).padStart(5, "0")}.txt`), `text of ${index}`);
  }
}

function makeChaosJob(folder: string, input: string, miniBatchSize: number, workers: number): DriverJob {
  const paths = jobPaths(folder);
  mkdirSync(paths.code, { recursive: true });
  const scriptPath = join(paths.code, "score.py");
  writeFileSync(scriptPath, script);
  return {
    folder,
    script: scriptPath,
    codeDir: paths.code,
    modelDir: null,
    python: findTestPython(),
    isNew: true,
    retryFailed: false,
    replan: false,
    settings: {
      name: "chaos",
      script: scriptPath,
      codeDir: paths.code,
      model: null,
      inputs: [input],
      include: [],
      exclude: [],
      allowEmpty: false,
      outputPath: null,
      outputAction: "append_row",
      outputFileName: "predictions.csv",
      outputFormat: "azureml",
      onConflict: "fail",
      overwrite: false,
      miniBatchSize,
      workers,
      timeoutMs: 30_000,
      initTimeoutMs: 60_000,
      maxRetries: 3,
      errorThreshold: -1,
      isolateFailures: true,
      memoryLimitBytes: null,
      maxRssBytes: null,
      memory: "off",
      maxLogBytes: 1 << 28,
      python: null,
      environmentFile: null,
      environmentVariables: {},
      gpusPerWorker: null,
      loggingLevel: "info",
      scriptArguments: [],
    },
  };
}

async function runUndisturbed(job: DriverJob, root: string): Promise<DriverJob> {
  const run = startDriver(job, root);
  const outcome = await run.outcome;
  if (outcome.status !== "Completed") throw new Error(`the undisturbed run ended as ${JSON.stringify(outcome)}`);
  return job;
}

interface DriverRun {
  readonly child: ChildProcess;
  readonly outcome: Promise<{ status: string; scored?: number; failed?: number; error?: { message: string } | null }>;
}

function startDriver(job: DriverJob, root: string): DriverRun {
  const file = join(root, "job-to-drive.json");
  writeFileSync(file, JSON.stringify(job));
  const child = spawn(process.execPath, [driveProgram, file], { stdio: ["ignore", "pipe", "pipe"] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on("data", (chunk) => output.push(chunk));
  child.stderr!.on("data", (chunk) => errors.push(chunk));
  const outcome = new Promise<Awaited<DriverRun["outcome"]>>((resolve) => {
    child.on("close", (code, signal) => {
      const last = Buffer.concat(output).toString().trim().split("\n").at(-1) ?? "";
      if (last.startsWith("{")) resolve(JSON.parse(last));
      else if (signal === "SIGKILL") resolve({ status: "Killed" });
      else resolve({ status: "Crashed", error: { message: `exit code ${code}: ${Buffer.concat(errors)}` } });
    });
  });
  return { child, outcome };
}

async function runUnderFire(job: DriverJob, root: string, random: Random) {
  let kills = 0;
  for (let restarts = 0; restarts < maxRestarts; restarts++) {
    const run = startDriver({ ...job, isNew: restarts === 0 }, root);
    const shooting = shoot(run, job, random);
    const outcome = await run.outcome;
    kills += await shooting;
    if (outcome.status === "Completed") {
      const problem = outcome.failed === 0 ? null : `${outcome.failed} items failed`;
      return { kills, restarts, problem };
    }
    if (outcome.status !== "Killed")
      return { kills, restarts, problem: `a driver ended as ${JSON.stringify(outcome)}` };
  }
  return { kills, restarts: maxRestarts, problem: `not finished after ${maxRestarts} restarts` };
}

/** Kills something at random moments until the driver has ended; returns the number of kills. */
async function shoot(run: DriverRun, job: DriverJob, random: Random): Promise<number> {
  let ended = false;
  void run.outcome.then(() => {
    ended = true;
  });
  let kills = 0;
  // One run in eight is left alone after a while, so that every job comes to its end.
  const mercyAfter = random.integer(1, 8);
  while (!ended && kills < mercyAfter) {
    const pause = random.integer(5, 250);
    await Promise.race([run.outcome, new Promise((resolve) => setTimeout(resolve, pause))]);
    if (ended) break;
    const processes = findProcessesWithVariable(tokenVariable, job.folder);
    const target = random.pick(["driver", "worker", "worker", "worker", "all"] as const);
    if (target !== "driver" && processes.length > 0) {
      const victims = target === "all" ? processes : [random.pick(processes)];
      for (const pid of victims) killQuietly(pid, "SIGKILL");
      kills += victims.length;
    }
    if (target !== "worker") {
      run.child.kill("SIGKILL");
      kills++;
      break;
    }
  }
  return kills;
}

/** Guardians of a killed driver need a moment to clean up. */
async function waitForEnd(token: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (findProcessesWithVariable(tokenVariable, token).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** One hash over names and contents of all files. */
function hashFolder(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${file.slice(folder.length)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}
