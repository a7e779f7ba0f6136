import { constants, copyFileSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, dirname } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import type { PublishedOutput } from "../output/ledger-types.ts";
import { joinPath, lstatOrNull, partialPath, removeTree } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { decodePathBytes, toNativePath } from "../storage/path-bytes.ts";
import { jobFolderOf } from "./home.ts";
import { type JobState, terminalStatuses } from "./job-status.ts";

export interface DownloadJobOptions {
  readonly home: string;
  readonly name: string;
  readonly state: JobState;
  /** Absolute folder. */
  readonly target: string;
  /** `score`, or null for what a user wants of a batch job, which is the same. */
  readonly outputName: string | null;
  /** Logs and lists of failures as well, below `artifacts/`. */
  readonly all: boolean;
}

export interface DownloadedJob {
  readonly files: number;
  readonly bytes: number;
  /** Folders that were filled. */
  readonly folders: readonly string[];
}

/** The outputs of a batch job. */
export const outputNames: readonly string[] = ["score"];

/**
 * Copies the results of a job to `TARGET/named-outputs/score/…`, and with `all` its logs to `TARGET/artifacts/…`. Each file appears whole, and replaces one of that
 * name. Throws `job_not_ended` and `job_output_missing`.
 */
export function downloadJob(options: DownloadJobOptions): DownloadedJob {
  const { state, name, outputName, all } = options;
  if (!terminalStatuses.has(state.status)) {
    const states = [...terminalStatuses].map((status) => `'${status}'`).join(", ");
    throw new BatchwiseError(
      "job_not_ended",
      `This job is in state ${state.status}. Download is allowed only in states [${states}]`,
      { hint: `wait for it: batchwise job stream --name ${name}` },
    );
  }
  if (outputName !== null && !outputNames.includes(outputName)) {
    throw new BatchwiseError("job_output_missing", `job ${name} has no output ${JSON.stringify(outputName)}`, {
      hint: `its outputs are: ${outputNames.join(", ")}`,
    });
  }
  const done = { files: 0, bytes: 0, folders: [] as string[] };
  if (state.published !== null) downloadOutput(options, state.published, done);
  else if (!all) throw describeUnpublished(name, state);
  if (all) downloadArtifacts(options, done);
  return done;
}

type Counting = { files: number; bytes: number; folders: string[] };

function downloadOutput({ home, name, target }: DownloadJobOptions, published: PublishedOutput, done: Counting): void {
  const folder = joinPath(target, "named-outputs/score");
  done.folders.push(folder);
  mkdirSync(toNativePath(folder), { recursive: true });
  const job = jobFolderOf(home, name);
  if (published.folder === jobPaths(job).defaultOutput) {
    copyTree(published.folder, folder, done);
    return;
  }
  // A folder of the user's own may hold other things.
  if (published.rowsFile !== null) copyOutput(published.rowsFile, joinPath(folder, basename(published.rowsFile)), done);
  const reader = LedgerReader.open(job);
  try {
    for (const path of reader.scriptFiles()) copyOutput(joinPath(published.folder, path), joinPath(folder, path), done);
  } finally {
    reader.close();
  }
}

/** What Azure ML calls artifacts: logs, and the list of failed items. */
function downloadArtifacts({ home, name, target }: DownloadJobOptions, done: Counting): void {
  const paths = jobPaths(jobFolderOf(home, name));
  const folder = joinPath(target, "artifacts");
  done.folders.push(folder);
  mkdirSync(toNativePath(folder), { recursive: true });
  if (lstatOrNull(paths.logs) !== null) copyTree(paths.logs, joinPath(folder, "logs"), done);
  if (lstatOrNull(paths.failedItems) !== null) {
    copyOutput(paths.failedItems, joinPath(folder, basename(paths.failedItems)), done);
  }
}

function describeUnpublished(name: string, state: JobState): BatchwiseError {
  const hint =
    state.resumeCommand === null
      ? undefined
      : `logs: batchwise job download --name ${name} --all; to go on: ${state.resumeCommand}`;
  return new BatchwiseError(
    "job_output_missing",
    `job ${name} is ${state.status} and has not published its output`,
    hint === undefined ? {} : { hint },
  );
}

function copyTree(source: string, target: string, done: Counting): void {
  mkdirSync(toNativePath(target), { recursive: true });
  for (const entry of readdirSync(toNativePath(source), { withFileTypes: true, encoding: "buffer" })) {
    const name = decodePathBytes(entry.name);
    if (entry.isDirectory()) copyTree(joinPath(source, name), joinPath(target, name), done);
    else if (entry.isFile()) copyOutput(joinPath(source, name), joinPath(target, name), done);
  }
}

/** Takes no space where the file system can share blocks. */
function copyOutput(source: string, target: string, done: Counting): void {
  mkdirSync(toNativePath(dirname(target)), { recursive: true });
  const partial = partialPath(target);
  try {
    copyFileSync(toNativePath(source), toNativePath(partial), constants.COPYFILE_FICLONE);
    renameSync(toNativePath(partial), toNativePath(target));
  } catch (error) {
    removeTree(partial);
    throw error;
  }
  done.files++;
  done.bytes += lstatOrNull(target)?.size ?? 0;
}
