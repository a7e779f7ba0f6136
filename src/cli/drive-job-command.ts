/**
 * `batchwise drive-job NAME --home DIR`: the detached driver of one job, started by src/jobs/start-driver.ts and not meant for people. Everything it needs is in
 * the job folder.
 *
 *   preparing ──► scoring ──► ended
 *      │ SIGTERM     │ SIGTERM: running mini-batches finish; again: at once
 *      └─────────────┴──► Canceled when `cancel.json` is there, else the job waits to be resumed
 *
 * Last of all it brings the catalog up to date and starts what waits for its slot. Killed at any point, it leaves a job that the next command finds and heals.
 */

import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { JobOutcome, RunningJob } from "../driver/job-outcome.ts";
import { BatchwiseError, type ExitCode, exitCodes, isSystemError } from "../errors.ts";
import { jobFolderOf } from "../jobs/home.ts";
import { clearJobEnd, type JobEnd, readCancelRequest, writeJobEnd } from "../jobs/job-end.ts";
import { lockJob, lockOutput } from "../jobs/job-lock.ts";
import type { JobRequest } from "../jobs/job-request.ts";
import { restoreLaunchEnvironment } from "../jobs/launch-environment.ts";
import { readRequest } from "../jobs/request.ts";
import { readResumeOrder, removeResumeOrder } from "../jobs/resume-order.ts";
import { jobPaths } from "../storage/job-paths.ts";
import type { OsLock } from "../storage/os-lock.ts";
import { ExecutionLog } from "./execution-log.ts";
import { openDriverJob } from "./open-driver-job.ts";
import { prepareJob } from "./prepare-job.ts";
import { PlainProgress } from "./progress-plain.ts";
import { settleJob } from "./settle-job.ts";
import { formatSummary } from "./summary.ts";

/** A look at the lock by another process may stand in the way for a moment. */
const lockPatienceMs = 2_000;
const outputPollMs = 300;

export async function driveJobCommand(args: readonly string[]): Promise<ExitCode> {
  const [name, flag, home] = args;
  if (name === undefined || flag !== "--home" || home === undefined) {
    throw new BatchwiseError(
      "usage",
      "batchwise drive-job NAME --home DIR starts the driver of a job; it is used by other commands",
    );
  }
  const folder = jobFolderOf(home, name);
  const stop = new StopSignals(folder);
  const lock = await lockPatiently(folder, name);
  const log = new ExecutionLog(jobPaths(folder).executionLog);
  let end: JobEnd;
  try {
    end = await drive(folder, name, home, stop, log);
    writeJobEnd(folder, end);
    removeResumeOrder(folder);
  } catch (error) {
    log.writeError(error);
    throw error;
  } finally {
    lock.release();
    await settle(home, name, log);
  }
  if (stop.hasLeftWork) killOwnSession();
  return end.status === "Completed" ? exitCodes.ok : exitCodes.failed;
}

async function lockPatiently(folder: string, name: string): Promise<OsLock> {
  const giveUpAt = Date.now() + lockPatienceMs;
  for (;;) {
    try {
      return lockJob(folder, name);
    } catch (error) {
      const isTaken = error instanceof BatchwiseError && error.code === "job_in_use";
      if (!isTaken || Date.now() > giveUpAt) throw error;
      await delay(20);
    }
  }
}

/** Prepares and scores; what users can meet is in the returned end, and in the log. */
async function drive(
  folder: string,
  name: string,
  home: string,
  stop: StopSignals,
  log: ExecutionLog,
): Promise<JobEnd> {
  if (readCancelRequest(folder) !== null) return describeEnd("Interrupted", null);
  clearJobEnd(folder);
  const locks: OsLock[] = [];
  try {
    const before = await readRequest(folder, name);
    if (before.launch !== undefined) restoreLaunchEnvironment(before.launch, process.env);
    log.write(describeStart(before, existsSync(jobPaths(folder).ledger)));
    for (const notice of before.notices ?? []) log.write(`note: ${notice}`);
    // The driver is loaded while the interpreter answers.
    const driver = import("../driver/run-job.ts");
    driver.catch(() => {});
    const preparing = prepareJob({ folder, home, request: before, log, signal: stop.signal });
    const request = await stop.race(preparing);
    if (request === null) return describeEnd("Interrupted", null);
    const outputLock = await lockOutputPatiently(request, stop, log);
    if (outputLock === "stopped") return describeEnd("Interrupted", null);
    if (outputLock !== null) locks.push(outputLock);
    const { runJob } = await driver;
    const outcome = await score(runJob, folder, request, stop, log);
    return describeEnd(outcome.status, outcome.error);
  } catch (error) {
    log.writeError(error);
    return describeEnd("Failed", error instanceof BatchwiseError ? error : describeBug(error));
  } finally {
    for (const lock of locks) lock.release();
  }
}

function describeBug(cause: unknown): BatchwiseError {
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new BatchwiseError("internal", `something unforeseen happened: ${message}`, {
    cause,
    hint: "this is a bug in Batchwise; please report it with the job's log",
  });
}

function describeEnd(status: JobEnd["status"], error: BatchwiseError | null): JobEnd {
  const shown = error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null };
  return { status, atMs: Date.now(), error: shown };
}

function describeStart({ settings, origin }: JobRequest, isResumed: boolean): string {
  const verb = isResumed ? "going on with" : "preparing";
  if (origin === undefined) return `${verb} job ${settings.name}`;
  const parts = [`endpoint ${origin.endpoint}`, `deployment ${origin.deployment}`];
  if (origin.model !== null)
    parts.push(`model ${origin.model.name}:${origin.model.version} (${origin.model.hash.slice(0, 12)})`);
  if (origin.code !== null) parts.push(`code ${origin.code.hash.slice(0, 12)}, ${origin.code.script}`);
  return `${verb} job ${settings.name}: ${parts.join(", ")}`;
}

async function score(
  runJob: typeof import("../driver/run-job.ts").runJob,
  folder: string,
  request: JobRequest,
  stop: StopSignals,
  log: ExecutionLog,
): Promise<JobOutcome> {
  const paths = jobPaths(folder);
  const isNew = !existsSync(paths.ledger) && !existsSync(paths.workers);
  const view = new PlainProgress(log);
  const order = readResumeOrder(folder);
  const options = { isNew, retryFailed: order?.retryFailed ?? false, replan: order?.replan ?? false };
  const running = runJob(openDriverJob(folder, request, options), {
    onProgress: (snapshot) => view.update(snapshot),
    onFirstCommit: () => log.write("first results are durable"),
  });
  stop.listen(running, log);
  const outcome = await running.outcome;
  if (outcome.error !== null) log.writeError(outcome.error);
  log.write(formatSummary(outcome, { name: request.settings.name, jobFolder: folder }, log));
  return outcome;
}

/** Two jobs may be given one output folder; the later one waits until the other has ended. */
async function lockOutputPatiently(
  request: JobRequest,
  stop: StopSignals,
  log: ExecutionLog,
): Promise<OsLock | "stopped" | null> {
  const { outputPath, name } = request.settings;
  if (outputPath === null) return null;
  for (let hasWaited = false; !stop.isAsked; hasWaited = true) {
    try {
      return lockOutput(outputPath, name);
    } catch (error) {
      if (!(error instanceof BatchwiseError) || error.code !== "output_in_use") throw error;
      if (!hasWaited) log.write(`${error.message}; waiting until it is free`);
      await delay(outputPollMs);
    }
  }
  return "stopped";
}

/** The job itself is whole when this fails; the next command brings the catalog up to date. */
async function settle(home: string, name: string, log: ExecutionLog): Promise<void> {
  try {
    await settleJob(home, name);
  } catch (error) {
    log.writeError(error);
  }
}

/** SIGTERM and SIGINT: the first lets running mini-batches finish, the next stops at once. While the job is being prepared, the first stops at once. */
class StopSignals {
  readonly #folder: string;
  readonly #controller = new AbortController();
  #asked = 0;
  #running: RunningJob | null = null;
  #log: ExecutionLog | null = null;
  /** True when preparing was given up half-way: programs that it started may still run. */
  hasLeftWork = false;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => this.#onSignal());
    // The terminal that started the job is closed: nothing to us.
    process.on("SIGHUP", () => {});
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isAsked(): boolean {
    return this.#asked > 0;
  }

  /** The result, or null when a signal comes first. */
  async race<T>(work: Promise<T>): Promise<T | null> {
    const stopped = new Promise<null>((resolve) => {
      if (this.signal.aborted) resolve(null);
      this.signal.addEventListener("abort", () => resolve(null), { once: true });
    });
    work.catch(() => {});
    const result = await Promise.race([work, stopped]);
    if (result === null) this.hasLeftWork = true;
    return result;
  }

  listen(running: RunningJob, log: ExecutionLog): void {
    this.#running = running;
    this.#log = log;
    if (this.#asked > 0) this.#drain(running);
  }

  #onSignal(): void {
    this.#asked++;
    this.#controller.abort();
    if (this.#running === null) return;
    this.#log?.write(this.#asked === 1 ? "stopping: mini-batches that run are finished first" : "stopping at once");
    if (this.#asked === 1) this.#drain(this.#running);
    else this.#running.stopNow();
  }

  /** Whoever cancels a job may be gone when its limit is over, so the driver keeps it. */
  #drain(running: RunningJob): void {
    running.drain();
    const canceled = readCancelRequest(this.#folder);
    if (canceled !== null) setTimeout(() => running.stopNow(), canceled.drainMs).unref();
  }
}

/** Takes down what preparing has started (pip, uv) with this process, which leads a session of its own when it was started as it should be. */
function killOwnSession(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch (error) {
    if (!isSystemError(error, "ESRCH")) throw error;
  }
}
