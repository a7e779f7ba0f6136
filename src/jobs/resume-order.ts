import { readFileSync, rmSync } from "node:fs";
import { isSystemError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";

/**
 * `resume.json`: a job that had stood still is to go on. What the ledger said before does not count any more, and the driver finds here what it is to do otherwise;
 * it takes the file away when it has ended.
 */
export interface ResumeOrder {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly retryFailed: boolean;
  readonly replan: boolean;
}

export function readResumeOrder(folder: string): ResumeOrder | null {
  try {
    return JSON.parse(readFileSync(jobPaths(folder).resume, "utf8")) as ResumeOrder;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return null;
    throw error;
  }
}

export function removeResumeOrder(folder: string): void {
  rmSync(jobPaths(folder).resume, { force: true });
}
