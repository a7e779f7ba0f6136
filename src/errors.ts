/**
 * Every failure that a user can meet has a code here. A message says what was being done, what was found and what is wanted; the hint says
 * what to do next. `docs/reference/errors.md` lists each code, and a test compares the two.
 */

/** Exit codes of the command: see docs/reference/exit-codes.md. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, completedWithFailedItems: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface ErrorEntry {
  readonly exit: ExitCode;
  readonly summary: string;
}

const usage = exitCodes.usage;
const failed = exitCodes.failed;

/** The registry: code, exit code, one sentence. Sorted; a retired code is not used again. */
export const errorRegistry = {
  accounting_broken: { exit: failed, summary: "The items of a job do not add up; this is a bug in Batchwise." },
  all_items_failed: { exit: failed, summary: "The job ended and not one item was scored." },
  error_threshold_exceeded: { exit: failed, summary: "More items failed than the error threshold accepts." },
  internal: { exit: failed, summary: "Something unforeseen; this is a bug in Batchwise." },
  job_exists: { exit: usage, summary: "The job's name is in use." },
  job_in_use: { exit: usage, summary: "Another process is running this job." },
  job_not_found: { exit: usage, summary: "There is no job of this name." },
  workers_cannot_start: { exit: failed, summary: "No worker could load the script and finish init()." },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;

/**
 * An error meant for a user. Anything else that escapes is a bug and is shown as `internal`.
 *
 * @example throw new BatchwiseError("job_exists", `job "${name}" exists`, { hint: "choose another --name" });
 */
export class BatchwiseError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BatchwiseError";
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): ExitCode {
    return errorRegistry[this.code].exit;
  }
}

/** True for a Node.js system error with this code, for example `isSystemError(error, "ENOENT")`. */
export function isSystemError(error: unknown, code?: string): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && (code === undefined || error.code === code);
}
