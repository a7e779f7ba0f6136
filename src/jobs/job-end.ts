import { readFileSync, rmSync } from "node:fs";
import { isSystemError } from "../errors.ts";
import { writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";

/** `end.json`: how the last run of the driver ended. The ledger says less of an error, and does not exist yet when preparing a job fails. */
export interface JobEnd {
  readonly status: "Completed" | "Failed" | "Interrupted";
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export function writeJobEnd(folder: string, end: JobEnd): void {
  writeFileAtomic(jobPaths(folder).end, [`${JSON.stringify(end)}\n`]);
}

export function readJobEnd(folder: string): JobEnd | null {
  return readJsonFile<JobEnd>(jobPaths(folder).end);
}

/** `cancel.json`: somebody asked for the job to be cancelled. */
export interface CancelRequest {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** How long mini-batches that run may go on. */
  readonly drainMs: number;
}

export function writeCancelRequest(folder: string, drainMs: number): void {
  const request: CancelRequest = { atMs: Date.now(), drainMs };
  writeFileAtomic(jobPaths(folder).cancel, [`${JSON.stringify(request)}\n`]);
}

export function readCancelRequest(folder: string): CancelRequest | null {
  return readJsonFile<CancelRequest>(jobPaths(folder).cancel);
}

/** Called by whoever starts or resumes the job, with its lock held: what was said of the last run no longer holds. */
export function clearJobEnd(folder: string): void {
  const paths = jobPaths(folder);
  for (const file of [paths.end, paths.cancel]) rmSync(file, { force: true });
}

/** Null when there is no such file, or it is no JSON. */
function readJsonFile<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return null;
    throw error;
  }
}
