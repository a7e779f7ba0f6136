import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { listForeignPaths, snapshotCode } from "../catalog/code-snapshot.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { makeFolder, removeTree, syncFolder, writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { homePaths, jobFolderOf } from "./home.ts";
import type { JobRequest } from "./job-request.ts";
import { makeModelView } from "./model-view.ts";
import { formatRequest, requestVersion } from "./request.ts";

/** A job folder that is being filled under a name of its own; it becomes the job with `commit`, or vanishes with `discard`. */
export interface JobDraft {
  /** Makes it the job: writes `job.json` and renames the folder. Throws `job_exists` when the name was taken meanwhile. */
  commit(
    python: JobRequest["python"],
    facts?: SubmissionFacts,
  ): { readonly folder: string; readonly request: JobRequest };
  discard(): void;
}

/** What only a submitted job has. */
export type SubmissionFacts = Pick<JobRequest, "origin" | "downloads" | "launch" | "notices">;

export interface CreateJobOptions {
  readonly settings: JobSettings;
  readonly home: string;
  readonly batchwiseVersion: string;
}

/**
 * Begins a job folder: code snapshot and model view are made at once, in `jobs/.NAME.partial-…`. Nothing appears under the job's name until `commit`, so a
 * crash leaves no half-made job.
 */
export function draftJob(options: CreateJobOptions): JobDraft {
  const { settings, home, batchwiseVersion } = options;
  const final = jobFolderOf(home, settings.name);
  refuseTakenName(final, settings.name);
  const { jobs } = homePaths(home);
  const partial = join(jobs, `.${settings.name}.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  makePrivateFolder(jobs);
  removeAbandonedDrafts(jobs);
  makePrivateFolder(partial);
  const discard = () => removeTree(partial);
  try {
    const paths = jobPaths(partial);
    const code = snapshotCode({
      codeDir: settings.codeDir,
      target: paths.code,
      script: settings.script,
      leaveOut: [home, ...listForeignPaths(settings)],
    });
    const model =
      settings.model === null
        ? null
        : { name: basename(settings.model), ...makeModelView(settings.model, paths.model) };
    return {
      commit(python, facts = {}) {
        const request: JobRequest = {
          version: requestVersion,
          batchwise: batchwiseVersion,
          created: new Date().toISOString(),
          token: randomBytes(16).toString("hex"),
          settings,
          code: { folder: basename(paths.code), script: relative(settings.codeDir, settings.script), ...code },
          model,
          python,
          ...facts,
        };
        writeFileAtomic(paths.request, [formatRequest(request)]);
        renameIntoPlace(partial, final, settings.name);
        return { folder: final, request };
      },
      discard,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Throws `job_exists` when there is a job of this name. */
export function refuseTakenName(folder: string, name: string): void {
  if (!existsSync(folder)) return;
  throw new BatchwiseError("job_exists", `there is a job ${name} already: ${folder}`, {
    hint: `choose another --name, or carry on with it: batchwise resume ${name}`,
  });
}

function makePrivateFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BatchwiseError("job_folder_unwritable", `cannot make the job folder: ${reason}`, {
      cause,
      hint: "name a writable folder with --home or BATCHWISE_HOME",
    });
  }
}

/** `rename` of a folder onto an empty or absent one is atomic; a job folder is never empty, so a name that is taken stays as it is. */
function renameIntoPlace(partial: string, final: string, name: string): void {
  try {
    renameSync(partial, final);
  } catch (error) {
    if (isSystemError(error, "ENOTEMPTY") || isSystemError(error, "EEXIST")) refuseTakenName(final, name);
    throw error;
  }
  syncFolder(join(final, ".."));
}

/** Drafts whose process is gone: killed while it made a job. */
function removeAbandonedDrafts(jobs: string): void {
  for (const name of readdirSync(jobs)) {
    const pid = /^\..+\.partial-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    removeTree(join(jobs, name));
  }
}

function isAlive(pid: number): boolean {
  if (process.platform === "linux") return statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, "EPERM");
  }
}
