import type { Catalog } from "../catalog/catalog.ts";
import type { SettingLayer } from "../config/setting-layer.ts";
import { BatchwiseError } from "../errors.ts";
import { writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { hasDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";
import { clearJobEnd } from "./job-end.ts";
import { lockJob } from "./job-lock.ts";
import { type JobState, readJobStatus } from "./job-status.ts";
import { healJobs } from "./queue.ts";
import { readRequest } from "./request.ts";
import type { ResumeOrder } from "./resume-order.ts";
import { changeRequest } from "./resume-request.ts";
import { startDriver } from "./start-driver.ts";

export interface ResumeOptions {
  /** Settings to change, as `batchwise resume` takes them. */
  readonly flags?: SettingLayer;
  /** Whether items that were given up are tried again. */
  readonly retryFailed?: boolean;
}

/**
 * Lets a job go on in the background: at once, or when its compute has a free slot. Throws `job_not_found`, `job_in_use` for a job that is on its way, and
 * `job_not_resumable` for one that has nothing left to do.
 */
export async function resumeJob(catalog: Catalog, name: string, options: ResumeOptions = {}): Promise<JobState> {
  const { home } = catalog;
  const folder = jobFolderOf(home, name);
  const before = readJobStatus(home, name, catalog.jobs.get(name));
  refuseUnresumable(name, before, options);
  const replan = await applyFlags(folder, name, options.flags);
  catalog.transaction(() => {
    if (hasDriver(folder)) throw refuseDriven(name);
    writeResumeOrder(folder, { atMs: Date.now(), retryFailed: options.retryFailed ?? false, replan });
    clearJobEnd(folder);
    if (catalog.jobs.update(name, { stage: "queued", status: "Queued", resumes: 0 }) === null)
      startDriver(home, name, 0);
  });
  const { problem } = healJobs(catalog);
  if (problem !== null) throw problem;
  return readJobStatus(home, name, catalog.jobs.get(name));
}

function refuseUnresumable(name: string, state: JobState, { retryFailed = false }: ResumeOptions): void {
  if (state.status === "Completed" && !retryFailed) {
    const failed = state.counts?.failed ?? 0;
    throw new BatchwiseError(
      "job_not_resumable",
      failed > 0
        ? `job ${name} is complete, with ${failed} failed items`
        : `job ${name} is complete: there is nothing left to do`,
      failed > 0 ? { hint: `try the failed items again: batchwise job resume --name ${name} --retry-failed` } : {},
    );
  }
  const isOnItsWay = !state.resumable && state.status !== "Completed" && state.status !== "NotStarted";
  if (isOnItsWay) throw refuseDriven(name, state.status);
}

function refuseDriven(name: string, status = "running"): BatchwiseError {
  return new BatchwiseError("job_in_use", `job ${name} is on its way already (${status})`, {
    hint: `follow it: batchwise job stream --name ${name}`,
  });
}

/** Changes `job.json`; true when what is not finished is to be planned anew. */
async function applyFlags(folder: string, name: string, flags: SettingLayer | undefined): Promise<boolean> {
  if (flags === undefined || flags.size === 0) return false;
  const lock = lockJob(folder, name);
  try {
    const before = await readRequest(folder, name);
    const isPythonNew = flags.has("python") || flags.has("environmentFile");
    // Without a Python the driver finds one, and checks the script with it.
    const after = await changeRequest(folder, before, flags, async (_settings, isScriptNew) =>
      isScriptNew || isPythonNew ? null : before.python,
    );
    return after.settings.miniBatchSize !== before.settings.miniBatchSize;
  } finally {
    lock.release();
  }
}

function writeResumeOrder(folder: string, order: ResumeOrder): void {
  writeFileAtomic(jobPaths(folder).resume, [`${JSON.stringify(order)}\n`]);
}
