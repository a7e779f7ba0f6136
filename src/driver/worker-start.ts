import type { WorkerExit } from "../compute/compute.ts";
import { BatchwiseError } from "../errors.ts";
import type { ScriptError, StartMessage } from "../worker/messages.ts";
import { describeExit } from "./exit-cause.ts";
import type { DriverJob } from "./job-outcome.ts";
import type { WorkerSlot } from "./worker-slot.ts";

/** What every worker of the job is told; the rest of the start message depends on the worker. */
export interface StartFacts {
  readonly epoch: number;
  readonly inputRoots: readonly string[];
}

export function buildStartMessage(job: DriverJob, facts: StartFacts, slot: WorkerSlot): StartMessage {
  const { settings } = job;
  const { paths } = slot;
  return {
    t: "start",
    job: settings.name,
    epoch: facts.epoch,
    worker: slot.index,
    script: job.script,
    code_dir: job.codeDir,
    scratch_dir: paths.scratch,
    output_dir: paths.output,
    take_dir: paths.take,
    state_file: paths.state,
    argv: ["--logging_level", settings.loggingLevel, ...settings.scriptArguments],
    logging_level: settings.loggingLevel,
    output_action: settings.outputAction,
    output_format: settings.outputFormat,
    input_roots: facts.inputRoots,
    node_id: "local",
    entry_env: {},
    memory_limit: settings.memoryLimitBytes,
  };
}

/** The error of a job none of whose workers could start: the first traceback if a script raised, else what is known of the last process. */
export function describeUnstartable(
  job: DriverJob,
  slot: WorkerSlot,
  exit: WorkerExit,
  raised: ScriptError | null,
): BatchwiseError {
  return new BatchwiseError(
    "workers_cannot_start",
    `no worker could load the script and finish init(): ${describeCause(job, slot, exit, raised)}`,
    {
      hint: `the workers' output is in ${slot.paths.log}; a mended script is taken with: batchwise resume ${job.settings.name} --script FILE (the job has a copy of its own)`,
    },
  );
}

function describeCause(job: DriverJob, slot: WorkerSlot, exit: WorkerExit, raised: ScriptError | null): string {
  if (raised !== null) return `\n${raised.traceback.trimEnd() || `${raised.type}: ${raised.message}`}`;
  if (slot.killReason === "init_timeout") return `init() did not finish within ${job.settings.initTimeoutMs / 1000} s`;
  if (exit.startError !== null) return `${job.python} could not be started (${exit.startError.message})`;
  return describeExit(exit);
}
