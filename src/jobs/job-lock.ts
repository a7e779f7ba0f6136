import { mkdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isInside } from "../config/is-inside.ts";
import { BatchwiseError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { describeHolder, type OsLock, readLockHolder, takeLock } from "../storage/os-lock.ts";

/** Makes this process the one driver of the job, until `release()` or its end. Throws `job_in_use`. */
export function lockJob(folder: string, name: string): OsLock {
  const path = jobPaths(folder).lock;
  const lock = takeLock(path, { holder: name });
  if (lock !== null) return lock;
  throw new BatchwiseError("job_in_use", `job ${name} is being run by ${describeHolder(readLockHolder(path))}`, {
    hint: "wait until it has ended, or stop that process",
  });
}

/**
 * Keeps two jobs from publishing to one folder. The lock file lies beside the output folder, because that folder appears only when the job publishes, and
 * goes away with the lock. Throws `output_in_use`, or `output_unwritable` when the folder cannot be made.
 */
export function lockOutput(outputPath: string, jobName: string): OsLock {
  const folder = dirname(outputPath);
  const path = join(folder, `.${basename(outputPath)}.batchwise-lock`);
  let lock: OsLock | null;
  let firstMade: string | undefined;
  try {
    firstMade = mkdirSync(folder, { recursive: true });
    lock = takeLock(path, { holder: jobName, removeAtRelease: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BatchwiseError("output_unwritable", `cannot write beside the output path ${outputPath}: ${reason}`, {
      cause,
      hint: "choose another --output-path, or make its parent folder writable",
    });
  }
  if (lock !== null) {
    return {
      release() {
        lock.release();
        removeEmptyFolders(folder, firstMade);
      },
    };
  }
  const holder = readLockHolder(path);
  const job = holder === null ? "another job" : `job ${holder.holder}`;
  throw new BatchwiseError("output_in_use", `${job} (${describeHolder(holder)}) is writing to ${outputPath}`, {
    hint: "choose another --output-path, or wait until that job has ended",
  });
}

/** Takes back the folders that were made for the lock, from `folder` up to `first`, when nothing was published in them. */
function removeEmptyFolders(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  for (let each = folder; isInside(each, first); each = dirname(each)) {
    try {
      rmdirSync(each);
    } catch {
      return;
    }
  }
}
