/**
 * What to say of a job, read from its folder, whoever drives it, at any moment.
 *
 *   Queued         waits in the queue of its compute
 *   NotStarted     the folder is there and no driver was ever started
 *   Preparing      a driver lives and does not score yet: environment, downloads, opening the ledger
 *   Running, Finalizing   as the ledger says, while a driver lives
 *   Completed, Failed     the ledger or end.json say so; final until somebody resumes the job
 *   Canceled       somebody asked for it, and no driver lives any more
 *   NotResponding  the driver is gone and the job has not ended: it can be resumed
 *
 * These are Azure's words, and no others are shown: loops that poll a job know no others. A job that is being cancelled shows the word of before.
 */

import type { JobRecord } from "../catalog/records.ts";
import { BatchwiseError } from "../errors.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import type { LedgerCounts, PublishedOutput } from "../output/ledger-types.ts";
import { lstatOrNull } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { readLockHolder } from "../storage/os-lock.ts";
import { hasDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";
import { readCancelRequest, readJobEnd } from "./job-end.ts";
import { readResumeOrder } from "./resume-order.ts";

export type JobStatusWord =
  | "NotStarted"
  | "Queued"
  | "Preparing"
  | "Running"
  | "Finalizing"
  | "Completed"
  | "Failed"
  | "Canceled"
  | "NotResponding";

/** The states in which a job stands still; `NotResponding` can be resumed like the others, and nothing more happens until then. */
export const terminalStatuses: ReadonlySet<string> = new Set<JobStatusWord>([
  "Completed",
  "Failed",
  "Canceled",
  "NotResponding",
]);

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface JobState {
  readonly status: JobStatusWord;
  /** True when `resumeCommand` would bring the job on: its driver is gone, it failed, was cancelled, or has failed items. */
  readonly resumable: boolean;
  readonly resumeCommand: string | null;
  /** Null until there is a ledger. */
  readonly counts: LedgerCounts | null;
  readonly published: PublishedOutput | null;
  readonly error: JobError | null;
  /** When the status was reached, milliseconds since 1970; null when that is not known. */
  readonly sinceMs: number | null;
}

/** What the catalog knows of a job, as far as it matters here. */
export type RecordStage = Pick<JobRecord, "stage" | "status">;

/**
 * Reads the state of a job; `record` is null for a job that the catalog does not know (`batchwise score`). `driven` is for those who know whether the job has a
 * driver, and need not look. Throws `job_not_found`.
 */
export function readJobStatus(
  home: string,
  name: string,
  record: RecordStage | null,
  known: { readonly driven?: boolean } = {},
): JobState {
  const folder = jobFolderOf(home, name);
  if (lstatOrNull(folder) === null) {
    if (record !== null) return describeWithoutFolder(name, record);
    throw new BatchwiseError("job_not_found", `there is no job ${name}: ${folder} does not exist`, {
      hint: "batchwise job list shows the jobs of this home folder; --home or BATCHWISE_HOME names another",
    });
  }
  // Before the ledger: a driver that ends in between would otherwise look gone with a ledger of before its end.
  const driven = known.driven ?? hasDriver(folder);
  const ledger = readLedger(folder);
  const end = readJobEnd(folder);
  const resumed = readResumeOrder(folder);
  const canceled = readCancelRequest(folder);
  // What the ledger said before the job was resumed does not count.
  const isOld = resumed !== null && (ledger?.atMs ?? 0) < resumed.atMs;
  const status = decideStatus(folder, driven, isOld ? forget(ledger) : ledger, end, canceled !== null, record);
  const resumable = isResumable(status, ledger?.counts ?? null);
  return {
    status,
    resumable,
    resumeCommand: resumable ? describeResume(name, status) : null,
    counts: ledger?.counts ?? null,
    published: ledger?.published ?? null,
    error: status === "Failed" || status === "NotResponding" ? findError(folder, status, end, ledger) : null,
    sinceMs: findSince(status, ledger, end?.atMs ?? null, canceled?.atMs ?? null),
  };
}

interface LedgerState {
  readonly status: string;
  readonly message: string | null;
  readonly atMs: number;
  readonly counts: LedgerCounts | null;
  readonly published: PublishedOutput | null;
  /** Why it cannot be read. */
  readonly trouble: JobError | null;
}

/** Null as long as there is no ledger. */
function readLedger(folder: string): LedgerState | null {
  try {
    const reader = LedgerReader.openIfBegun(folder);
    if (reader === null) return null;
    try {
      const { status, message, atMs } = reader.status();
      return { status, message, atMs, counts: reader.counts(), published: reader.published(), trouble: null };
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    const trouble = { code: error.code, message: error.message, hint: error.hint ?? null };
    return { status: "NotStarted", message: null, atMs: 0, counts: null, published: null, trouble };
  }
}

function forget(ledger: LedgerState | null): LedgerState | null {
  return ledger === null ? null : { ...ledger, status: "NotStarted", message: null };
}

function decideStatus(
  folder: string,
  driven: boolean,
  ledger: LedgerState | null,
  end: ReturnType<typeof readJobEnd>,
  isCanceled: boolean,
  record: RecordStage | null,
): JobStatusWord {
  const final = ledger !== null && isFinal(ledger.status) ? ledger.status : null;
  if (driven) {
    if (final !== null) return isOfThisRun(folder, ledger?.atMs ?? 0) ? final : "Preparing";
    return ledger?.status === "Running" || ledger?.status === "Finalizing" ? ledger.status : "Preparing";
  }
  if (final === "Completed") return final;
  if (isCanceled) return "Canceled";
  if (final !== null) return final;
  if (end !== null && end.status !== "Interrupted" && end.atMs >= (ledger?.atMs ?? 0)) return end.status;
  if (record?.stage === "queued") return "Queued";
  const wasStarted = record !== null || ledger !== null || lstatOrNull(jobPaths(folder).lock) !== null;
  return wasStarted ? "NotResponding" : "NotStarted";
}

function isFinal(status: string): status is "Completed" | "Failed" | "Canceled" {
  return status === "Completed" || status === "Failed" || status === "Canceled";
}

/** False for what the ledger said before the driver that lives now took over: the job is being resumed. */
function isOfThisRun(folder: string, atMs: number): boolean {
  const since = Date.parse(readLockHolder(jobPaths(folder).lock)?.since ?? "");
  return Number.isNaN(since) || atMs >= since;
}

function isResumable(status: JobStatusWord, counts: LedgerCounts | null): boolean {
  if (status === "Completed") return counts !== null && counts.failed > 0;
  return terminalStatuses.has(status);
}

function describeResume(name: string, status: JobStatusWord): string {
  return status === "Completed"
    ? `batchwise job resume --name ${name} --retry-failed`
    : `batchwise job resume --name ${name}`;
}

function findError(
  folder: string,
  status: JobStatusWord,
  end: ReturnType<typeof readJobEnd>,
  ledger: LedgerState | null,
): JobError | null {
  if (end?.error != null && end.atMs >= (ledger?.atMs ?? 0)) return end.error;
  if (ledger?.trouble != null) return ledger.trouble;
  if (status === "NotResponding") {
    const { driverOutput } = jobPaths(folder);
    return {
      code: "driver_gone",
      message: "the process that drove the job is gone; nothing that was committed is lost",
      hint: (lstatOrNull(driverOutput)?.size ?? 0) > 0 ? `what it said last may be in ${driverOutput}` : null,
    };
  }
  return ledger?.message == null ? null : { code: "job_failed", message: ledger.message, hint: null };
}

function findSince(
  status: JobStatusWord,
  ledger: LedgerState | null,
  endedMs: number | null,
  canceledMs: number | null,
): number | null {
  if (status === "Canceled") return canceledMs;
  if (ledger !== null && ledger.atMs > 0) return ledger.atMs;
  return endedMs;
}

function describeWithoutFolder(name: string, record: RecordStage): JobState {
  const status = record.stage === "ended" ? (record.status as JobStatusWord) : "Failed";
  const message = `the folder of job ${name} was removed`;
  return {
    status,
    resumable: false,
    resumeCommand: null,
    counts: null,
    published: null,
    error: status === "Completed" ? null : { code: "job_folder_missing", message, hint: null },
    sinceMs: null,
  };
}
