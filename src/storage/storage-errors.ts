/** Failures of disks and folders, in words: every one names what was being done and where. */

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { showPath, toNativePath } from "./path-bytes.ts";

const fullCodes = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** A sync that failed: what was written before it may be lost although later syncs succeed, so nobody may try again on the same descriptor. */
export class SyncError extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`sync of ${showPath(path)} failed`, { cause });
    this.name = "SyncError";
    this.path = path;
  }
}

/** Turns a failed file operation into `disk_full` or `storage_failed`; `doing` completes "while …". Other errors pass through. */
export function describeStorageError(error: unknown, doing: string, path: string, bytesNeeded = 0): unknown {
  const cause = error instanceof SyncError ? error.cause : error;
  if (!isFileError(cause)) return error;
  const code = cause.code;
  const where = showPath(error instanceof SyncError ? error.path : path);
  if (code !== undefined && fullCodes.has(code)) return makeDiskFullError(doing, path, bytesNeeded, error, code);
  return new BatchwiseError("storage_failed", `${doing}: ${where} answered ${code ?? "an error"}: ${textOf(cause)}`, {
    hint: "check the disk, the permissions and the mount of that path; then resume the job",
    cause: error,
  });
}

/** The error for a full disk, with the bytes that are needed and those that are left. */
export function makeDiskFullError(
  doing: string,
  path: string,
  bytesNeeded: number,
  cause: unknown,
  code = "ENOSPC",
): BatchwiseError {
  const free = readFreeBytes(path);
  const needed = bytesNeeded > 0 ? `${bytesNeeded} bytes needed` : "more space needed";
  const left = free === null ? "" : `, ${free} bytes free`;
  const what =
    code === "ENOSPC" ? "the disk is full" : code === "EDQUOT" ? "the quota is used up" : "the file may not grow";
  return new BatchwiseError("disk_full", `${doing}: ${what} at ${showPath(path)} (${code}; ${needed}${left})`, {
    hint: "make space there, then resume the job: nothing that was committed is lost",
    cause,
  });
}

/** True for a failed system call; Node.js and SQLite give their own errors a `code` as well. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return isSystemError(error) && "syscall" in error;
}

function readFreeBytes(path: string): number | null {
  for (const candidate of [path, dirname(path)]) {
    try {
      const found = statfsSync(toNativePath(candidate));
      return found.bavail * found.bsize;
    } catch {
      // The path may not be there yet; its folder tells as well. Without either the message goes without the figure.
    }
  }
  return null;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
