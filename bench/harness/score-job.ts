/** Runs `batchwise score` and `batchwise resume` as a user would, and reads what happened from the summary, the ledger and the driver's log. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JobOutcome } from "../../src/driver/job-outcome.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import type { BenchContext } from "./context.ts";
import { type CommandResult, expectSuccess, runCommand } from "./run-command.ts";

export interface JobRequest {
  /** Unique among the jobs whose output is still to be compared. */
  readonly name: string;
  readonly script: string;
  readonly inputs: readonly string[];
  readonly miniBatchSize: number;
  readonly workers: number;
  readonly python?: string | null;
  /** Further options. */
  readonly options?: readonly string[];
  readonly scriptArguments?: readonly string[];
  /** For NODE_OPTIONS and variables that the script reads. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onStart?: (pid: number) => void;
}

export interface ScoredJob {
  readonly command: CommandResult;
  readonly folder: string;
  readonly outcome: JobOutcome;
  readonly remove: () => void;
}

/** Scores, and throws unless everything was scored. */
export async function scoreJob(context: BenchContext, request: JobRequest): Promise<ScoredJob> {
  const job = await startJob(context, request);
  expectSuccess(job.command, `batchwise score (${request.name})`);
  return { ...job, outcome: readOutcome(job.command) };
}

/** Scores; the command may end in any way. */
export async function startJob(context: BenchContext, request: JobRequest): Promise<Omit<ScoredJob, "outcome">> {
  const folder = jobFolder(context, request.name);
  rmSync(folder, { recursive: true, force: true });
  const command = await runBatchwise(context, scoreArguments(request), request);
  return { command, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function resumeJob(context: BenchContext, request: JobRequest): Promise<ScoredJob> {
  const folder = jobFolder(context, request.name);
  const command = await runBatchwise(context, ["resume", request.name], request);
  expectSuccess(command, `batchwise resume (${request.name})`);
  return {
    command,
    folder,
    outcome: readOutcome(command),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function jobFolder(context: BenchContext, name: string): string {
  return join(context.home, "jobs", name);
}

function scoreArguments(request: JobRequest): string[] {
  const { script, inputs, miniBatchSize, workers, name } = request;
  return [
    "score",
    ...["--script", script, ...inputs.flatMap((input) => ["--input", input])],
    ...["--mini-batch-size", String(miniBatchSize), "--workers", String(workers), "--name", name],
    ...(request.python === undefined || request.python === null ? [] : ["--python", request.python]),
    ...(request.options ?? []),
    ...(request.scriptArguments === undefined ? [] : ["--", ...request.scriptArguments]),
  ];
}

async function runBatchwise(
  context: BenchContext,
  args: readonly string[],
  request: JobRequest,
): Promise<CommandResult> {
  return await runCommand(context.command, args, {
    env: { ...context.env, BATCHWISE_HOME: context.home, BATCHWISE_PROGRESS: "json", ...request.env },
    watchMemory: true,
    ...(request.onStart === undefined ? {} : { onStart: request.onStart }),
  });
}

function readOutcome(command: CommandResult): JobOutcome {
  const last = command.stderr.trim().split("\n").at(-1) ?? "";
  const summary: unknown = JSON.parse(last);
  if (typeof summary !== "object" || summary === null || !("type" in summary) || summary.type !== "summary") {
    throw new Error(`expected a summary as the last line of --progress json, found ${last.slice(0, 200)}`);
  }
  return summary as unknown as JobOutcome;
}

/** Path of the published rows. */
export function outputFileOf(outcome: JobOutcome): string {
  if (outcome.outputFile === null) throw new Error("the job published no file of rows");
  return outcome.outputFile;
}

/** Times of the successful attempts, as the ledger has them. */
export interface AttemptTimes {
  readonly miniBatches: number;
  /** Sum and maximum of the wall times of run(). */
  readonly runMs: number;
  readonly longestRunMs: number;
  readonly cpuMs: number;
  /** Wall clock, milliseconds since 1970. */
  readonly firstStartMs: number;
  readonly lastEndMs: number;
}

/** Reads the successful attempts that began at or after a moment, milliseconds since 1970. */
export function readAttemptTimes(folder: string, sinceMs = 0): AttemptTimes {
  const db = new DatabaseSync(jobPaths(folder).ledger, { readOnly: true });
  try {
    const row = db
      .prepare(
        `SELECT count(*) AS n, sum(run_us) AS run, max(run_us) AS longest, sum(cpu_us) AS cpu, min(started_us) AS first, max(started_us + run_us) AS last
         FROM result WHERE started_us >= ?`,
      )
      .get(sinceMs * 1000);
    const read = (name: string) => Number(row?.[name] ?? Number.NaN);
    return {
      miniBatches: read("n"),
      runMs: read("run") / 1000,
      longestRunMs: read("longest") / 1000,
      cpuMs: read("cpu") / 1000,
      firstStartMs: read("first") / 1000,
      lastEndMs: read("last") / 1000,
    };
  } finally {
    db.close();
  }
}

/** Mini-batches that the ledger of a running job has committed; 0 while there is no ledger yet. */
export function readCommitted(folder: string): number {
  const { ledger } = jobPaths(folder);
  if (!existsSync(ledger)) return 0;
  const db = new DatabaseSync(ledger, { readOnly: true, timeout: 5000 });
  try {
    return Number(db.prepare("SELECT committed FROM job").get()?.committed ?? 0);
  } catch {
    // The schema is being made.
    return 0;
  } finally {
    db.close();
  }
}

/** When the driver's log first said this; milliseconds since 1970, NaN when it never did. */
export function readLogTime(folder: string, message: string): number {
  const { driverLog } = jobPaths(folder);
  if (!existsSync(driverLog)) return Number.NaN;
  for (const line of readFileSync(driverLog, "utf8").split("\n")) {
    if (line === "" || !line.includes(message)) continue;
    const entry: { msg?: string; time?: string } = JSON.parse(line);
    if (entry.msg === message && entry.time !== undefined) return Date.parse(entry.time);
  }
  return Number.NaN;
}
