import type { Catalog } from "../catalog/catalog.ts";
import type { JobRecord } from "../catalog/records.ts";
import { BatchwiseError } from "../errors.ts";
import { readJobStatus, terminalStatuses } from "./job-status.ts";

/** Takes a job that stands still out of the usual lists, or puts it back. Throws `job_not_found` and `job_not_ended`. */
export function archiveJob(catalog: Catalog, name: string, archived: boolean): JobRecord {
  const record = catalog.jobs.get(name);
  if (record === null) {
    throw new BatchwiseError("job_not_found", `there is no job ${name} in the catalog`, {
      hint: "batchwise job list shows the jobs of this home folder",
    });
  }
  if (record.archived === archived) return record;
  const { status } = readJobStatus(catalog.home, name, record);
  if (archived && !terminalStatuses.has(status)) {
    throw new BatchwiseError(
      "job_not_ended",
      `job ${name} is ${status}, and only a job that has ended can be archived`,
      {
        hint: `wait for it, or end it: batchwise job cancel --name ${name}`,
      },
    );
  }
  return catalog.jobs.update(name, { archived }) ?? record;
}
