/**
 * The k-th system call fails, as SQLite tests itself: for each kind of call that changes the disk, and k = 1, 2, 3 …, the driver's k-th such call fails with an
 * error, once or from then on for ever, or the driver is killed at it. Then the job is resumed without faults and must leave what an undisturbed
 * run leaves. Calls are counted for each thread apart; only calls on the job's own files count.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { Random } from "../support/random.ts";
import { describeResult, type Expected, findProblems } from "./after-run.ts";
import { makeChaosJob, writeInput } from "./chaos-job.ts";
import { copyDriverProgram, type DriverProgram } from "./driver-program.ts";
import { type DriverOutcome, driveToEnd, sleep, startDriver } from "./run-driver.ts";
import { straceCommand } from "./strace.ts";

/** What may happen to each call. */
export const syscallFaults: Readonly<Record<string, readonly string[]>> = {
  write: ["EIO", "ENOSPC", "KILL"],
  pwrite64: ["EIO", "ENOSPC", "KILL"],
  fdatasync: ["EIO", "ENOSPC", "KILL"],
  fsync: ["EIO", "ENOSPC", "KILL"],
  rename: ["EIO", "ENOSPC", "KILL"],
  openat: ["EMFILE", "EIO", "ENOSPC", "KILL"],
  ftruncate: ["EIO", "ENOSPC", "KILL"],
  unlink: ["EIO", "KILL"],
  unlinkat: ["EIO", "KILL"],
  mkdir: ["EIO", "ENOSPC", "KILL"],
};

export interface SyscallFault {
  readonly call: string;
  readonly fault: string;
  readonly when: "once" | "for ever";
  readonly k: number;
  /** Kill the resuming driver too, at this call of the same kind; 0: leave it alone. */
  readonly killRecoveryAt: number;
}

export interface SyscallReport {
  runs: number;
  injected: number;
  readonly problems: string[];
  /** How the faulty runs ended, by status and error code. */
  readonly endings: Map<string, number>;
}

export interface SyscallOptions {
  readonly seed: number;
  /** Tries only every n-th k, and begins with a random one of the first n; 1 tries all. */
  readonly stride: number;
  readonly lanes?: number;
  readonly calls?: readonly string[];
  onRun?(report: SyscallReport): void;
}

/** Runs the loop over all kinds of calls and faults; goes on after a problem. */
export async function runSyscallFaults(options: SyscallOptions): Promise<SyscallReport> {
  const report: SyscallReport = { runs: 0, injected: 0, problems: [], endings: new Map() };
  const random = new Random(options.seed);
  const series = listSeries(options).map((each) => ({ ...each, first: random.integer(1, options.stride) }));
  const bench = await prepareBench();
  try {
    const lane = async () => {
      for (let each = series.shift(); each !== undefined; each = series.shift()) {
        for (let k = each.first; ; k += options.stride) {
          const killRecoveryAt = random.integer(1, 3) === 1 ? random.integer(1, 12) : 0;
          const hit = await tryFault({ ...each, k, killRecoveryAt }, bench, report);
          options.onRun?.(report);
          if (!hit) break;
        }
      }
    };
    await Promise.all(Array.from({ length: options.lanes ?? 2 }, lane));
  } finally {
    bench.remove();
  }
  return report;
}

function listSeries({ calls }: SyscallOptions): Pick<SyscallFault, "call" | "fault" | "when">[] {
  return Object.entries(syscallFaults)
    .filter(([call]) => calls === undefined || calls.includes(call))
    .flatMap(([call, faults]) =>
      faults.flatMap((fault) =>
        (fault === "KILL" ? (["once"] as const) : (["once", "for ever"] as const)).map((when) => ({
          call,
          fault,
          when,
        })),
      ),
    );
}

export interface Bench {
  readonly root: string;
  readonly input: string;
  readonly program: DriverProgram;
  readonly expected: Expected;
  next: number;
  remove(): void;
}

/** The input, the program, and what an undisturbed run gives. */
export async function prepareBench(): Promise<Bench> {
  const root = mkdtempSync(join(tmpdir(), "batchwise-calls-"));
  const program = copyDriverProgram();
  const input = join(root, "input");
  writeInput(input, { a: "plain", b: "file", c: "deep file", d: "raise", e: "plain", f: "file", g: "plain" });
  const calm = makeTinyJob(join(root, "calm"), input);
  const outcome = await driveToEnd(calm, { program });
  const expected = describeResult(calm, outcome);
  const problems = await findProblems(calm, outcome, expected);
  if (problems.length > 0) throw new Error(`the undisturbed run: ${problems.join("; ")}`);
  return {
    root,
    input,
    program,
    expected,
    next: 0,
    remove() {
      rmSync(root, { recursive: true, force: true });
      program.remove();
    },
  };
}

/** Runs one job with one fault, resumes it, and checks. Returns false when there were not so many calls. */
export async function tryFault(fault: SyscallFault, bench: Bench, report: SyscallReport): Promise<boolean> {
  const folder = join(bench.root, `job-${bench.next++}`);
  const job = makeTinyJob(folder, bench.input);
  const log = `${folder}.strace`;
  report.runs++;
  const outcome = await runFaulty(job, fault, log, bench.program);
  const wasInjected = existsSync(log) && /\(INJECTED\)|killed by SIGKILL/.test(readFileSync(log, "utf8"));
  const name = `${fault.call} ${fault.fault} ${fault.when} at ${fault.k}`;
  const problems: string[] = [];
  if (wasInjected) {
    report.injected++;
    const ending = `${outcome.status} ${outcome.error?.code ?? ""}`.trim();
    report.endings.set(ending, (report.endings.get(ending) ?? 0) + 1);
    problems.push(...judgeEnding(outcome));
  }
  let last = outcome;
  if (outcome.status !== "Completed") {
    const again = { ...job, isNew: false };
    if (fault.killRecoveryAt > 0 && wasInjected) {
      await runFaulty(again, { ...fault, fault: "KILL", when: "once", k: fault.killRecoveryAt }, log, bench.program);
    }
    last = await driveToEnd(again, { program: bench.program });
  }
  problems.push(...(await findProblems(job, last, bench.expected, last === outcome && wasInjected)));
  for (const problem of problems)
    report.problems.push(`${name} (recovery killed at ${fault.killRecoveryAt}): ${problem}`);
  rmSync(folder, { recursive: true, force: true });
  rmSync(log, { force: true });
  return wasInjected;
}

/** A driver may end early, but must say what failed and what to do. */
function judgeEnding({ status, error }: DriverOutcome): string[] {
  if (status === "Killed" || status === "Completed") return [];
  if (status === "Stuck" || status === "Crashed") return [`the driver ended as ${status}: ${error?.message}`];
  if (error == null) return [];
  const problems: string[] = [];
  if (error.code === "internal" || error.code === "crashed")
    problems.push(`the error is not one for users: ${error.code}: ${error.message.slice(0, 600)}`);
  else if (error.hint === null) problems.push(`the error has no hint: ${error.code}: ${error.message}`);
  return problems;
}

async function runFaulty(job: DriverJob, fault: SyscallFault, log: string, program: DriverProgram) {
  const what = fault.fault === "KILL" ? "signal=SIGKILL" : `error=${fault.fault}`;
  const when = `when=${fault.k}${fault.when === "once" ? "" : "+"}`;
  const only = onlyJobFiles.has(fault.call) ? listJobFiles(job).flatMap((path) => ["-P", path]) : [];
  const options = ["-e", `trace=${fault.call}`, "-e", `inject=${fault.call}:${what}:${when}`, ...only];
  const run = startDriver(job, { program, wrapper: straceCommand(log, options), limitMs: 40_000 });
  // A job that waits for space waits for ever when no call succeeds any more: the user stops it.
  let isStopped = false;
  void run.waitFor("waiting the disk is full").then(async () => {
    if (fault.when === "once") return;
    for (let tries = 0; !run.hasEnded() && tries < 20; tries++) {
      if (tries === 0) await sleep(300);
      isStopped = true;
      stopDriver(run.child.pid);
      await sleep(1_000);
    }
  });
  const outcome = await run.outcome;
  return isStopped && outcome.status === "Stuck" ? { ...outcome, status: "Stuck" as const } : outcome;
}

/** strace passes no signals on: the driver is its child. */
function stopDriver(tracer: number | undefined): void {
  if (tracer === undefined) return;
  try {
    const [driver] = readFileSync(`/proc/${tracer}/task/${tracer}/children`, "utf8").trim().split(" ");
    if (driver) process.kill(Number(driver), "SIGTERM");
  } catch {
    // It has ended meanwhile.
  }
}

/** The program's own loading opens files too, and pipes are written: these calls are counted on the job's files alone. */
const onlyJobFiles = new Set(["openat", "write"]);

function listJobFiles({ folder, settings }: DriverJob): string[] {
  const paths = jobPaths(folder);
  const { ledger } = paths;
  const named = join(folder, "named-outputs");
  const partial = join(named, ".score.batchwise-job.partial");
  return [
    folder,
    ...[ledger, `${ledger}-wal`, `${ledger}-shm`, `${ledger}-journal`],
    ...[paths.rows, paths.files, paths.spool, paths.driverLog, paths.logs, paths.failedItems, named, partial],
    ...[
      paths.defaultOutput,
      join(paths.defaultOutput, settings.outputFileName),
      join(partial, settings.outputFileName),
    ],
    ...["0-1", "1-1", "2-1"].map((name) => join(paths.files, name)),
  ];
}

function makeTinyJob(folder: string, input: string): DriverJob {
  return makeChaosJob(join(folder, "job"), input, { workers: 1, miniBatchSize: 2, maxRetries: 0 });
}
