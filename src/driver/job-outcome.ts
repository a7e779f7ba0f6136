/** What the driver tells while a job runs and when it has ended. The command line, and later the server, show it. */

import type { BatchwiseError } from "../errors.ts";

export interface ProgressSnapshot {
  readonly phase: "preparing" | "running" | "draining" | "publishing" | "ended";
  /** Entries listed so far; final once `planComplete`. */
  readonly listed: number;
  readonly planComplete: boolean;
  readonly scored: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: number;
  readonly rowsBytes: number;
  readonly miniBatches: number;
  readonly miniBatchesDone: number;
  /** Items that ended in this run of the driver (a resumed job began with some done already): the base of rate and ETA. */
  readonly endedThisRun: number;
  readonly workers: {
    readonly wanted: number;
    readonly starting: number;
    readonly idle: number;
    readonly busy: number;
  };
  readonly elapsedMs: number;
  /** Why nothing moves, when nothing moves; for example "waiting for a worker to finish init()". */
  readonly waitingFor: string | null;
}

export interface FailureReason {
  /** exception, timeout, crash, … */
  readonly reason: string;
  readonly errorType: string | null;
  readonly message: string | null;
  readonly count: number;
  readonly examplePath: string | null;
  /** Mini-batch of the example, for `replay`; null for an item that was never handed to a worker. */
  readonly exampleMiniBatch: number | null;
}

export interface JobOutcome {
  /** `Interrupted`: stopped by the user or by trouble with the machine; `resume` carries on. */
  readonly status: "Completed" | "Failed" | "Interrupted";
  readonly listed: number;
  readonly scored: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: number;
  readonly rowsBytes: number;
  readonly miniBatches: number;
  readonly wallMs: number;
  /** Items ended in this run of the driver. */
  readonly endedThisRun: number;
  /** Sum of run() times in this run, and what the workers could have given: workers × time from the first dispatch to the last result. */
  readonly runMs: number;
  readonly workerMs: number;
  readonly workers: number;
  /** Folder with the output, null when nothing was published. */
  readonly outputFolder: string | null;
  /** The file of rows in it, null for `summary_only`. */
  readonly outputFile: string | null;
  readonly scriptFiles: number;
  /** Most common first, at most three. */
  readonly topReasons: readonly FailureReason[];
  /** failed-items.jsonl, null when nothing failed. */
  readonly failedItemsFile: string | null;
  readonly error: BatchwiseError | null;
  readonly resumable: boolean;
}

/** Handed to `runJob` by whoever started it. */
export interface JobHooks {
  /** Called at most ten times a second. */
  onProgress?(snapshot: ProgressSnapshot): void;
  /** Called once the first results are durable. */
  onFirstCommit?(): void;
}

/** What the driver needs to know of a job; made by src/jobs. */
export interface DriverJob {
  readonly folder: string;
  readonly settings: import("../config/job-settings.ts").JobSettings;
  /** Script and code folder inside the job folder (the snapshot), and the value of AZUREML_MODEL_DIR or null. */
  readonly script: string;
  readonly codeDir: string;
  readonly modelDir: string | null;
  /** Real path of the interpreter. */
  readonly python: string;
  /** True for a job folder that was made just now, false when it is opened again. */
  readonly isNew: boolean;
  /** Set by `resume --retry-failed`: quarantined mini-batches are tried again. */
  readonly retryFailed: boolean;
  /** Set by `resume` when the mini-batch size was changed: what is not finished is planned anew. */
  readonly replan: boolean;
}

/** A job that is running in this process. */
export interface RunningJob {
  readonly outcome: Promise<JobOutcome>;
  /** First Ctrl-C: let the running mini-batches finish, start no more. */
  drain(): void;
  /** Second Ctrl-C: stop at once. Both lose nothing. */
  stopNow(): void;
}
