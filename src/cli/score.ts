import type { ExitCode } from "../errors.ts";
import { draftJob, type JobDraft } from "../jobs/create-job.ts";
import { lockJob, lockOutput } from "../jobs/job-lock.ts";
import { checkPaths, refuseScriptProblem } from "../jobs/preflight.ts";
import type { OsLock } from "../storage/os-lock.ts";
import { driveJob } from "./drive-job.ts";
import { findInterpreter } from "./find-interpreter.ts";
import { openDriverJob } from "./open-driver-job.ts";
import type { ScoreCommand } from "./parse-command-line.ts";
import { openProgress } from "./progress.ts";
import { readScoreSettings } from "./read-settings.ts";
import { readVersion } from "./version.ts";

/** `batchwise score`: reads the settings, checks everything, makes the job folder, drives the job. Nothing is left behind when a check fails. */
export async function score(command: ScoreCommand): Promise<ExitCode> {
  const { settings, home, progress, dryRun, notices } = await readScoreSettings(command);
  const view = openProgress(progress, process.stderr);
  for (const notice of notices) view.note(`note: ${notice}`);
  await checkPaths(settings, home);
  if (dryRun) return (await import("./dry-run.ts")).showDryRun(settings, home, view);

  // These take their time outside this thread: the interpreter answers while the code is copied and the driver is loaded.
  const interpreter = findInterpreter(settings, home, view, settings.script);
  const driver = import("../driver/run-job.ts");
  // Awaited below, unless something else fails first.
  interpreter.catch(() => {});
  driver.catch(() => {});
  let draft: JobDraft | null = null;
  let outputLock: OsLock | null = null;
  let jobLock: OsLock | null = null;
  try {
    if (settings.outputPath !== null) outputLock = lockOutput(settings.outputPath, settings.name);
    draft = draftJob({ settings, home, batchwiseVersion: readVersion() });
    const python = await interpreter;
    refuseScriptProblem(python, settings.script);
    const { runJob } = await driver;
    const { folder, request } = draft.commit({ executable: python.executable, version: python.version });
    draft = null;
    jobLock = lockJob(folder, settings.name);
    view.note(`job ${settings.name} in ${folder}`);
    const job = openDriverJob(folder, request, { isNew: true });
    return await driveJob(runJob, job, view);
  } finally {
    draft?.discard();
    outputLock?.release();
    jobLock?.release();
  }
}
