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
// The verbs of `az ml` end with 3 for whatever is not there.
const notFound = 3;

/** The registry: code, exit code, one sentence. Sorted; a retired code is not used again. */
export const errorRegistry = {
  accounting_broken: { exit: failed, summary: "The items of a job do not add up; this is a bug in Batchwise." },
  all_items_failed: { exit: failed, summary: "The job ended and not one item was scored." },
  asset_changed: {
    exit: failed,
    summary: "A version of an asset exists already with other content, and a version never changes.",
  },
  asset_unreadable: { exit: failed, summary: "The content of an asset cannot be read or kept." },
  catalog_damaged: { exit: failed, summary: "The catalog in the home folder is damaged." },
  catalog_locked: { exit: failed, summary: "Another process holds the catalog and does not let go." },
  catalog_newer: { exit: failed, summary: "The catalog was written by a newer Batchwise." },
  code_too_large: { exit: usage, summary: "The code folder is too large to be copied into the job folder." },
  columns_differ: { exit: failed, summary: "Results of one job have different columns." },
  conflicting_settings: { exit: usage, summary: "Two settings do not go together." },
  deployment_unsupported: {
    exit: usage,
    summary: "The deployment file asks for something that this command cannot do.",
  },
  disk_full: { exit: failed, summary: "A disk has no space left, a quota is used up, or a file may not grow." },
  download_failed: { exit: failed, summary: "An input could not be downloaded." },
  driver_stuck: {
    exit: failed,
    summary: "The driver made no progress although there was work; this is a bug in Batchwise.",
  },
  driver_unstartable: { exit: failed, summary: "The process that drives a job could not be started." },
  environment_build_failed: { exit: usage, summary: "The packages of an environment file could not be installed." },
  environment_conda_only: { exit: usage, summary: "An environment file asks for packages that only conda has." },
  environment_file_invalid: {
    exit: usage,
    summary: "An environment file cannot be read or holds something that is not understood.",
  },
  environment_python_missing: {
    exit: usage,
    summary: "An environment file asks for a Python that is not on this machine.",
  },
  error_threshold_exceeded: { exit: failed, summary: "More items failed than the error threshold accepts." },
  file_invalid: { exit: failed, summary: "A YAML file does not have the fields that it should have." },
  file_unreadable: { exit: usage, summary: "A file or folder that is needed cannot be read." },
  in_use: { exit: failed, summary: "Something cannot be deleted since something else uses it." },
  input_empty: { exit: usage, summary: "The input has no files." },
  input_glob_invalid: { exit: usage, summary: "A glob among the inputs, --include or --exclude cannot be read." },
  input_list_changed: { exit: failed, summary: "A list of inputs was changed before its job was resumed." },
  input_not_found: { exit: usage, summary: "An input does not exist." },
  input_unreadable: { exit: usage, summary: "An input cannot be read." },
  input_unsupported: { exit: failed, summary: "An input is of a kind that cannot be read here." },
  internal: { exit: failed, summary: "Something unforeseen; this is a bug in Batchwise." },
  invalid_value: { exit: usage, summary: "A setting has a value that is not allowed." },
  item_not_found: { exit: usage, summary: "The job has no item of this path." },
  job_exists: { exit: usage, summary: "The job's name is in use." },
  job_folder_unwritable: { exit: usage, summary: "The job folder cannot be made." },
  job_in_use: { exit: usage, summary: "Another process is running this job." },
  job_not_ended: { exit: failed, summary: "What was asked for is only possible once the job has ended." },
  job_not_found: { exit: usage, summary: "There is no job of this name." },
  job_not_prepared: { exit: usage, summary: "The job waits in a queue and has no Python yet." },
  job_not_resumable: { exit: failed, summary: "The job has nothing left to do." },
  job_output_missing: { exit: failed, summary: "The job has no such output, or has not published it." },
  job_request_damaged: { exit: usage, summary: "The job.json of a job folder cannot be read." },
  job_version: { exit: usage, summary: "The job folder was made by a newer Batchwise." },
  ledger_damaged: { exit: failed, summary: "The ledger of a job is damaged or missing." },
  ledger_locked: { exit: failed, summary: "Another process holds the ledger of a job." },
  ledger_newer: { exit: usage, summary: "The ledger of a job was written by a newer Batchwise." },
  log_not_found: { exit: usage, summary: "The job has no log of this worker." },
  mini_batch_not_found: { exit: usage, summary: "The job has no mini-batch of this number." },
  mini_batch_too_large: { exit: usage, summary: "The paths of one mini-batch fill more than a message may hold." },
  missing_option: { exit: usage, summary: "A setting that is needed is not given." },
  model_not_found: { exit: usage, summary: "There is no model at the path given." },
  node_not_found: { exit: usage, summary: "There is no Node.js of version 24 or later to run on." },
  output_changed: { exit: failed, summary: "Published results were changed by somebody else." },
  output_conflict: { exit: failed, summary: "Two mini-batches wrote the same output file." },
  output_exists: { exit: usage, summary: "Results lie at the output path already." },
  output_in_use: { exit: usage, summary: "Another job is writing to the same output path." },
  output_inside_input: { exit: usage, summary: "The output path and the input lie in each other." },
  output_unwritable: { exit: usage, summary: "The output path cannot be written to." },
  payload_damaged: { exit: failed, summary: "The plan of a job is damaged." },
  python_not_found: { exit: usage, summary: "There is no Python where one was looked for." },
  python_too_old: { exit: usage, summary: "The Python found is older than 3.8." },
  python_unusable: { exit: usage, summary: "What was named as Python does not work as one." },
  reference_invalid: { exit: failed, summary: "A reference such as azureml:name:version cannot be understood." },
  resource_not_found: {
    exit: notFound,
    summary: "The catalog has no endpoint, deployment, asset, compute or job of this name.",
  },
  rows_damaged: { exit: failed, summary: "Rows of a job are damaged." },
  rows_file_changed: { exit: failed, summary: "The rows file of a job was changed by somebody else." },
  rows_file_short: { exit: failed, summary: "The rows file of a job is shorter than the ledger says." },
  script_invalid: { exit: usage, summary: "The scoring script cannot be used as it is." },
  script_not_found: { exit: usage, summary: "There is no scoring script at the path given." },
  staged_files_changed: { exit: failed, summary: "Files that a script wrote changed while they were taken over." },
  storage_failed: { exit: failed, summary: "A disk or folder does not do what it should." },
  unknown_command: { exit: usage, summary: "The command line names a command that does not exist." },
  unknown_key: { exit: usage, summary: "A file has a key that is not known." },
  unknown_option: { exit: usage, summary: "The command line has an option that does not exist." },
  usage: { exit: usage, summary: "The command line cannot be understood." },
  workers_cannot_start: { exit: failed, summary: "No worker could load the script and finish init()." },
  yaml_invalid: { exit: usage, summary: "A YAML file cannot be read." },
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
