/**
 * Ends a job for good, whoever drives it.
 *
 *   cancel.json is written (no driver is started from then on)
 *     └─► SIGTERM: mini-batches that run may finish ──drain limit──► SIGTERM: at once ──► SIGKILL to the driver's session ──► whatever else bears the job's mark
 *
 * What was committed stays, and `job resume` takes the job up again.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Catalog } from "../catalog/catalog.ts";
import { tokenVariable } from "../compute/local.ts";
import { findProcessesWithVariable, killProcessesWithVariable, killQuietly } from "../compute/process-tree.ts";
import { BatchwiseError } from "../errors.ts";
import { findDriverPid, hasDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";
import { writeCancelRequest } from "./job-end.ts";
import { type JobState, readJobStatus } from "./job-status.ts";
import { healJobs } from "./queue.ts";

export interface CancelOptions {
  /** How long mini-batches that run may go on. */
  readonly drainMs?: number;
  /** False returns as soon as the driver has been told. */
  readonly wait?: boolean;
}

const defaultDrainMs = 10_000;
/** How long a driver may take to stop at once: workers are killed, what was accepted is committed. */
const stopMs = 5_000;
const killMs = 5_000;

/** Cancels a job and returns its state: `Canceled`, or what it had come to before. A job that is over stays as it is. Throws `job_not_found`. */
export async function cancelJob(catalog: Catalog, name: string, options: CancelOptions = {}): Promise<JobState> {
  const { home } = catalog;
  const folder = jobFolderOf(home, name);
  const before = readJobStatus(home, name, catalog.jobs.get(name));
  if (before.status === "Completed" || before.status === "Failed" || before.status === "Canceled") return before;
  // Inside a transaction: drivers are started in one, and do not see a job that is half cancelled.
  catalog.transaction(() => writeCancelRequest(folder, options.drainMs ?? defaultDrainMs));
  await stopDriver(folder, name, options);
  catalog.transaction(() => recordEnd(catalog, name));
  healJobs(catalog);
  return readJobStatus(home, name, catalog.jobs.get(name));
}

/** Healing would come to a job far back in a queue only when its turn is near. */
function recordEnd(catalog: Catalog, name: string): void {
  if (hasDriver(jobFolderOf(catalog.home, name))) return;
  const { status } = readJobStatus(catalog.home, name, catalog.jobs.get(name), { driven: false });
  catalog.jobs.update(name, { stage: "ended", status });
}

async function stopDriver(folder: string, name: string, options: CancelOptions): Promise<void> {
  signalDriver(folder, "SIGTERM");
  if (options.wait === false) return;
  if (!(await waitUntilGone(folder, options.drainMs ?? defaultDrainMs))) {
    signalDriver(folder, "SIGTERM");
    if (!(await waitUntilGone(folder, stopMs))) killSession(folder);
  }
  if (!(await waitUntilGone(folder, killMs))) {
    throw new BatchwiseError(
      "job_in_use",
      `job ${name} does not end: its driver (process ${findDriverPid(folder)}) cannot be killed`,
      {
        hint: "it may be waiting for a disk, or run on another machine or for another user",
      },
    );
  }
  await killRemains(folder);
}

function signalDriver(folder: string, signal: NodeJS.Signals): void {
  const pid = findDriverPid(folder);
  if (pid !== null) killQuietly(pid, signal);
}

/** A detached driver leads a session, with all that preparing the job has started; a foreground one is alone. */
function killSession(folder: string): void {
  const pid = findDriverPid(folder);
  if (pid === null) return;
  killQuietly(-pid, "SIGKILL");
  killQuietly(pid, "SIGKILL");
}

async function waitUntilGone(folder: string, limitMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + limitMs;
  for (let pauseMs = 5; hasDriver(folder); pauseMs = Math.min(pauseMs * 1.5, 100)) {
    if (performance.now() > giveUpAt) return false;
    await delay(pauseMs);
  }
  return true;
}

/** Workers end with their driver; daemons that a script has left behind do not. */
async function killRemains(folder: string): Promise<void> {
  const giveUpAt = performance.now() + killMs;
  while (findProcessesWithVariable(tokenVariable, folder).length > 0 && performance.now() < giveUpAt) {
    killProcessesWithVariable(tokenVariable, folder);
    await delay(20);
  }
}
