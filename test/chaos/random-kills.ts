/**
 * Kills drivers, guardians and workers with SIGKILL at random moments, resumes, and compares what is left in the end with an undisturbed run.
 * Every job draws from a random series of its own, made from seed and number, so that one job can be repeated alone: `--seed S --job N`. What the
 * machine does meanwhile is not in the seed.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killQuietly } from "../../src/compute/process-tree.ts";
import type { JobSettings } from "../../src/config/job-settings.ts";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { Random } from "../support/random.ts";
import { describeResult, type Expected, findProblems } from "./after-run.ts";
import { makeChaosJob, writeInput } from "./chaos-job.ts";
import { copyDriverProgram, type DriverProgram } from "./driver-program.ts";
import { type DriverRun, driveToEnd, findJobProcesses, sleep, startDriver } from "./run-driver.ts";

const maxRestarts = 400;

export interface KillOptions {
  readonly seed: number;
  /** Starts no further job after this many kills. */
  readonly kills: number;
  /** Nor after this time. */
  readonly limitMs?: number;
  /** Jobs side by side. */
  readonly lanes?: number;
  /** Only this job of the series. */
  readonly job?: number;
  onJob?(report: KillReport): void;
}

export interface KillReport {
  readonly jobs: number;
  readonly kills: Readonly<Record<Target, number>>;
  readonly restarts: number;
  readonly problems: readonly string[];
}

type Target = "driver" | "guardian" | "worker" | "all" | "recovery";
type MutableReport = { jobs: number; kills: Record<Target, number>; restarts: number; problems: string[] };

/** Kinds of jobs: settings and the words that may stand in an input file. */
const scenarios: readonly { readonly settings: Partial<JobSettings>; readonly words: readonly string[] }[] = [
  { settings: {}, words: ["plain", "file", "deep file"] },
  { settings: { outputFormat: "jsonl" }, words: ["plain", "plain", "plain", "file"] },
  { settings: { outputFormat: "csv", miniBatchSize: 4 }, words: ["plain", "two words"] },
  { settings: { maxRetries: 1 }, words: [...Array(30).fill("plain"), "raise", "file"] },
  { settings: { miniBatchSize: 2 }, words: [...Array(30).fill("plain file"), "big", "big file"] },
  { settings: { outputAction: "summary_only" }, words: ["file", "deep file", "plain"] },
];

export function countKills({ kills }: KillReport): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}

/** Runs jobs under fire until there were enough kills; stops at the first problem. */
export async function runRandomKills(options: KillOptions): Promise<KillReport> {
  const report: MutableReport = {
    jobs: 0,
    kills: { driver: 0, guardian: 0, worker: 0, all: 0, recovery: 0 },
    restarts: 0,
    problems: [],
  };
  const root = mkdtempSync(join(tmpdir(), "batchwise-chaos-"));
  const program = copyDriverProgram();
  const startedMs = performance.now();
  let next = options.job ?? 0;
  try {
    const inputs = await prepareInputs(root, options.seed, program);
    const lane = async () => {
      while (countKills(report) < options.kills && report.problems.length === 0) {
        if (performance.now() - startedMs > (options.limitMs ?? Number.POSITIVE_INFINITY)) return;
        const number = next++;
        if (options.job !== undefined && number > options.job) return;
        await runOne(number, options.seed, inputs, { root, program, report });
        report.jobs++;
        options.onJob?.(report);
      }
    };
    await Promise.all(Array.from({ length: options.job === undefined ? (options.lanes ?? 3) : 1 }, lane));
  } finally {
    rmSync(root, { recursive: true, force: true });
    program.remove();
  }
  return report;
}

interface PreparedInput {
  readonly folder: string;
  readonly settings: Partial<JobSettings>;
  readonly expected: Expected;
}

/** One input for each scenario, and what an undisturbed run makes of it. */
async function prepareInputs(root: string, seed: number, program: DriverProgram): Promise<PreparedInput[]> {
  const random = new Random(seed);
  const prepared: PreparedInput[] = [];
  for (const [index, { settings, words }] of scenarios.entries()) {
    const folder = join(root, `input-${index}`);
    const files: Record<string, string> = {};
    for (let item = random.integer(60, 160); item > 0; item--) {
      files[`d${random.integer(0, 5)}/f${String(item).padStart(5, "0")}.txt`] = random.pick(words);
    }
    writeInput(folder, files);
    const job = makeChaosJob(join(root, `calm-${index}`), folder, { ...settings, workers: 3 });
    const outcome = await driveToEnd(job, { program });
    const expected = describeResult(job, outcome);
    const problems = await findProblems(job, outcome, expected);
    if (problems.length > 0) throw new Error(`the undisturbed run of scenario ${index}: ${problems.join("; ")}`);
    prepared.push({ folder, settings, expected });
  }
  return prepared;
}

interface Place {
  readonly root: string;
  readonly program: DriverProgram;
  readonly report: MutableReport;
}

async function runOne(number: number, seed: number, inputs: readonly PreparedInput[], place: Place): Promise<void> {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + number);
  const { folder: input, settings, expected } = random.pick(inputs);
  const home = join(place.root, `job-${number}`);
  const outputPath = random.pick([null, null, join(home, "new"), join(home, "old")]);
  mkdirSync(join(home, "old"), { recursive: true });
  // A mini-batch of another size gives the same bytes, but not the same failed items: isolation has a budget.
  const change = settings.maxRetries === 1 ? {} : { miniBatchSize: random.integer(1, 12) };
  const job = makeChaosJob(join(home, "job"), input, {
    ...settings,
    ...change,
    outputPath,
    workers: random.integer(1, 3),
  });
  const problems = await runUnderFire(job, random, expected, place);
  for (const problem of problems) place.report.problems.push(`job ${number}: ${problem}`);
  if (problems.length === 0) rmSync(home, { recursive: true, force: true });
  else writeFileSync(join(home, "problems.txt"), problems.join("\n"));
}

async function runUnderFire(job: DriverJob, random: Random, expected: Expected, place: Place): Promise<string[]> {
  // Every job comes to its end: from some run on it is left alone.
  const mercyAfter = random.integer(5, 20);
  for (let restarts = 0; restarts < maxRestarts; restarts++) {
    const run = startDriver({ ...job, isNew: restarts === 0 }, { program: place.program });
    if (restarts < mercyAfter) await shoot(run, job, random, restarts > 0, place.report.kills);
    const outcome = await run.outcome;
    if (outcome.status === "Completed") return await findProblems(job, outcome, expected);
    if (outcome.status !== "Killed") return [`a driver ended as ${JSON.stringify(outcome)}`];
    place.report.restarts++;
  }
  return [`not finished after ${maxRestarts} restarts`];
}

/** Kills something at random moments; returns when the driver was killed, has ended, or is left alone. */
async function shoot(
  run: DriverRun,
  job: DriverJob,
  random: Random,
  isRestart: boolean,
  kills: Record<Target, number>,
): Promise<void> {
  if (random.integer(1, 4) === 1) {
    // While it opens the ledger and recovers, or, now and then, while it publishes.
    const stage = random.pick(["begin", "begin", "first-commit", "phase publishing"]);
    await run.waitFor(stage);
    await sleep(random.integer(0, 50));
    if (run.hasEnded()) return;
    run.child.kill("SIGKILL");
    kills[isRestart && stage === "begin" ? "recovery" : "driver"]++;
    return;
  }
  await run.waitFor("begin");
  for (let shots = random.integer(2, 7); shots > 0; shots--) {
    await Promise.race([run.outcome, sleep(random.integer(5, 120))]);
    if (run.hasEnded()) return;
    const target = random.pick(["driver", "guardian", "worker", "worker", "all"] as const);
    const processes = findJobProcesses(job).sort((a, b) => a - b);
    if (target === "driver" || target === "all") {
      if (target === "all") for (const pid of processes) killQuietly(pid, "SIGKILL");
      run.child.kill("SIGKILL");
      kills[target]++;
      return;
    }
    // A guardian is started before its worker, so the lower numbers are mostly guardians.
    const half = Math.ceil(processes.length / 2);
    const victims = target === "guardian" ? processes.slice(0, half) : processes.slice(half);
    if (victims.length === 0) continue;
    killQuietly(random.pick(victims), "SIGKILL");
    kills[target]++;
  }
}
