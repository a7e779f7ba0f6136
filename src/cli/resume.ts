import { existsSync } from "node:fs";
import { readEnvironmentLayer } from "../config/merge-settings.ts";
import type { ExitCode } from "../errors.ts";
import { jobFolderOf } from "../jobs/home.ts";
import { clearJobEnd } from "../jobs/job-end.ts";
import { lockJob, lockOutput } from "../jobs/job-lock.ts";
import type { JobRequest } from "../jobs/job-request.ts";
import { refuseScriptProblem } from "../jobs/preflight.ts";
import { readRequest } from "../jobs/request.ts";
import { changeRequest, hasScriptChanged, mayHaveChanged } from "../jobs/resume-request.ts";
import type { OsLock } from "../storage/os-lock.ts";
import { showPath } from "../storage/path-bytes.ts";
import { driveJob } from "./drive-job.ts";
import { findInterpreter } from "./find-interpreter.ts";
import { openDriverJob } from "./open-driver-job.ts";
import type { ResumeCommand } from "./parse-command-line.ts";
import { openProgress } from "./progress.ts";
import type { ProgressView } from "./progress-view.ts";
import { parseJobName, readHome, readProgressMode } from "./read-settings.ts";
import { markDriven, settleJob } from "./settle-job.ts";

/** `batchwise resume`: goes on with a job from its folder, with some settings changed if wanted. */
export async function resume(command: ResumeCommand): Promise<ExitCode> {
  const layers = [command.flags, readEnvironmentLayer(process.env, process.cwd())];
  const home = readHome(layers);
  const name = parseJobName(command.name);
  const folder = jobFolderOf(home, name);
  const view = openProgress(readProgressMode(layers), process.stderr);
  const before = await readRequest(folder, name);
  const locks: OsLock[] = [];
  let isOurs = false;
  try {
    locks.push(lockJob(folder, name));
    isOurs = true;
    clearJobEnd(folder);
    await markDriven(home, name);
    const request = await prepareRequest(folder, before, command, home, view);
    const { outputPath } = request.settings;
    if (outputPath !== null) locks.push(lockOutput(outputPath, name));
    if (mayHaveChanged(folder, before)) {
      view.note(
        "note: the model's files were changed in place since the job was made; finished items were scored with the old ones",
      );
    }
    if (hasScriptChanged(folder, request)) {
      const { script } = request.settings;
      view.note(
        `note: ${showPath(script)} has changed since the job was made, and the job goes on with its own copy; to use the new one: batchwise resume ${name} --script ${showPath(script)}`,
      );
    }
    view.note(`going on with job ${name} in ${folder}`);
    const { runJob } = await import("../driver/run-job.ts");
    await fetchDownloads(request, view);
    const job = openDriverJob(folder, request, {
      isNew: false,
      retryFailed: command.retryFailed,
      replan: request.settings.miniBatchSize !== before.settings.miniBatchSize,
    });
    return await driveJob(runJob, job, view);
  } finally {
    for (const lock of locks.reverse()) lock.release();
    if (isOurs) await settleJob(home, name);
  }
}

/** What a submitted job reads from the web, as far as its driver has not fetched it. */
async function fetchDownloads({ downloads = [] }: JobRequest, view: ProgressView): Promise<void> {
  if (downloads.length === 0) return;
  const { downloadInputs } = await import("../jobs/download-inputs.ts");
  await downloadInputs(downloads, { signal: new AbortController().signal, onNotice: (text) => view.note(text) });
}

/** The request with what the flags change; `job.json` and the code snapshot are brought up to date. */
async function prepareRequest(
  folder: string,
  before: JobRequest,
  command: ResumeCommand,
  home: string,
  view: ProgressView,
): Promise<JobRequest> {
  const python = before.python !== null && existsSync(before.python.executable) ? before.python : null;
  return changeRequest(folder, before, command.flags, async (settings, isScriptNew) => {
    const isPythonNew =
      settings.python !== before.settings.python || settings.environmentFile !== before.settings.environmentFile;
    // The interpreter that the job began with, as long as it is there: an activated environment does not change a job on its way.
    if (!isScriptNew && !isPythonNew && python !== null) return python;
    const script = isScriptNew || existsSync(settings.script) ? settings.script : null;
    const keep = !isPythonNew && python !== null ? python.executable : settings.python;
    const found = await findInterpreter({ ...settings, python: keep }, home, view, script);
    if (isScriptNew) refuseScriptProblem(found, settings.script);
    return { executable: found.executable, version: found.version };
  });
}
