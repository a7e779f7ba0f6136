import type { Catalog } from "../catalog/catalog.ts";
import type { JobFilter } from "../catalog/job-table.ts";
import type { JobRecord } from "../catalog/records.ts";
import { BatchwiseError } from "../errors.ts";
import { type JobStatusWord, readJobStatus } from "./job-status.ts";

export interface ListedJob {
  readonly record: JobRecord;
  readonly status: JobStatusWord;
}

/** Jobs of the catalog, the newest first. Only the folders of jobs that are not over are looked at, so that ten thousand of them take no time. */
export function listJobs(catalog: Catalog, filter: JobFilter = {}): ListedJob[] {
  return catalog.jobs.list(filter).map((record) => ({ record, status: findStatus(catalog.home, record) }));
}

function findStatus(home: string, record: JobRecord): JobStatusWord {
  if (record.stage === "ended") return record.status as JobStatusWord;
  try {
    return readJobStatus(home, record.name, record).status;
  } catch (error) {
    // One damaged folder must not hide the others; `job show` tells what is wrong with it.
    if (error instanceof BatchwiseError) return "NotResponding";
    throw error;
  }
}
