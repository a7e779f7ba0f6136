import type { DriverJob, JobHooks, JobOutcome, RunningJob } from "../driver/job-outcome.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { printError } from "./print-error.ts";
import type { ProgressView } from "./progress-view.ts";
import { formatSummary } from "./summary.ts";

type RunJob = (job: DriverJob, hooks: JobHooks) => RunningJob;

/** Runs a job in this process, shows progress and outcome, and returns the exit code. */
export async function driveJob(runJob: RunJob, job: DriverJob, view: ProgressView): Promise<ExitCode> {
  const running = runJob(job, { onProgress: (snapshot) => view.update(snapshot) });
  const unlisten = listenForStop(running, view);
  let outcome: JobOutcome;
  try {
    outcome = await running.outcome;
  } catch (error) {
    view.end();
    printError(error, { logFile: jobPaths(job.folder).driverLog, jobFolder: job.folder });
    return exitCodes.failed;
  } finally {
    unlisten();
  }
  view.end();
  if (!view.showOutcome(outcome)) {
    if (outcome.error !== null)
      printError(outcome.error, { logFile: jobPaths(job.folder).driverLog, jobFolder: job.folder });
    process.stdout.write(formatSummary(outcome, { name: job.settings.name, jobFolder: job.folder }, process.stdout));
  }
  return chooseExitCode(outcome);
}

/** Nothing that started ends with 2, "nothing started". */
function chooseExitCode(outcome: JobOutcome): ExitCode {
  if (outcome.status === "Failed") return exitCodes.failed;
  if (outcome.status === "Interrupted") return outcome.error === null ? exitCodes.interrupted : exitCodes.failed;
  return outcome.failed > 0 ? exitCodes.completedWithFailedItems : exitCodes.ok;
}

/** Ctrl-C and SIGTERM: the first drains, the next stops at once. Returns what takes the listeners away. */
function listenForStop(running: RunningJob, view: ProgressView): () => void {
  let asked = 0;
  const stop = () => {
    asked += 1;
    if (asked === 1) {
      view.note(
        "stopping: mini-batches that run are finished first; stop again to stop at once (nothing is lost either way)",
      );
      running.drain();
    } else {
      running.stopNow();
    }
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
