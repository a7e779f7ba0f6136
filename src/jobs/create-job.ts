import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import type { JobSettings } from "../config/job-settings.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { snapshotCode } from "./code-snapshot.ts";
import { homePaths, jobFolderOf } from "./home.ts";
import { makeModelView } from "./model-view.ts";
import { formatRequest, type JobRequest, requestVersion } from "./request.ts";

/** A job folder that is being filled under a name of its own; it becomes the job with `commit`, or vanishes with `discard`. */
export interface JobDraft {
  /** Makes it the job: writes `job.json` and renames the folder. Returns the job folder. Throws `job_exists` when the name was taken meanwhile. */
  commit(python: JobRequest["python"]): string;
  discard(): void;
}

export interface CreateJobOptions {
  readonly settings: JobSettings;
  readonly home: string;
  readonly batchwiseVersion: string;
}

/**
 * Begins a job folder: code snapshot and model view are made at once, in `jobs/.NAME.partial-PID`. Nothing appears under the job's name until `commit`, so a
 * crash leaves no half-made job.
 */
export function draftJob(options: CreateJobOptions): JobDraft {
  const { settings, home, batchwiseVersion } = options;
  const final = jobFolderOf(home, settings.name);
  refuseTakenName(final, settings.name);
  const { jobs } = homePaths(home);
  const partial = join(jobs, `.${settings.name}.partial-${process.pid}`);
  makeFolder(jobs);
  removeAbandonedDrafts(jobs);
  makeFolder(partial);
  const discard = () => rmSync(partial, { recursive: true, force: true });
  try {
    const paths = jobPaths(partial);
    const code = snapshotCode({
      codeDir: settings.codeDir,
      target: paths.code,
      script: settings.script,
      leaveOut: listForeignPaths(settings, home),
    });
    const model =
      settings.model === null
        ? null
        : { name: basename(settings.model), ...makeModelView(settings.model, paths.model) };
    return {
      commit(python) {
        const request: JobRequest = {
          version: requestVersion,
          batchwise: batchwiseVersion,
          created: new Date().toISOString(),
          settings,
          code: { folder: basename(paths.code), script: relative(settings.codeDir, settings.script), ...code },
          model,
          python,
        };
        writeDurable(paths.request, formatRequest(request));
        renameIntoPlace(partial, final, settings.name);
        return final;
      },
      discard,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

/** The absolute paths that are the job's but no code, when they happen to lie in the code folder. */
function listForeignPaths(settings: JobSettings, home: string): string[] {
  const inputs = settings.inputs.map((input) => (input.startsWith("@") ? input.slice(1) : input));
  return [home, settings.model, settings.outputPath, ...inputs].filter(
    (path) => path !== null && path !== settings.codeDir && path !== settings.script,
  ) as string[];
}

function refuseTakenName(folder: string, name: string): void {
  if (!existsSync(folder)) return;
  throw new BatchwiseError("job_exists", `there is a job ${name} already: ${folder}`, {
    hint: `choose another --name, or carry on with it: batchwise resume ${name}`,
  });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
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
    const pid = /^\..+\.partial-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    rmSync(join(jobs, name), { recursive: true, force: true });
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

function writeDurable(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const file = openSync(folder, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
