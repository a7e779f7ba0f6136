import { join } from "node:path";

/** Where everything of one job lies. The job folder is all that the driver needs. */
export interface JobPaths {
  readonly folder: string;
  readonly request: string;
  readonly ledger: string;
  readonly lock: string;
  readonly rows: string;
  readonly files: string;
  readonly spool: string;
  readonly code: string;
  readonly model: string;
  readonly logs: string;
  readonly driverLog: string;
  readonly workers: string;
  readonly defaultOutput: string;
  readonly failedItems: string;
  /** Which process was started to drive the job; see src/jobs/driver-process.ts. */
  readonly driver: string;
  /** Exists once somebody asked for the job to be cancelled. */
  readonly cancel: string;
  /** How the last run of the driver ended; see src/jobs/job-end.ts. */
  readonly end: string;
  /** Exists while a job that had stood still is to go on; see src/jobs/resume-order.ts. */
  readonly resume: string;
  /** Inputs that were downloaded. */
  readonly inputs: string;
  /** What the driver tells people, and `job stream` shows; the name is the one that users of Azure ML know. */
  readonly executionLog: string;
  /** stdout and stderr of a detached driver. */
  readonly driverOutput: string;
}

/** The layout of a job folder; the only place that knows its file names. */
export function jobPaths(folder: string): JobPaths {
  return {
    folder,
    request: join(folder, "job.json"),
    ledger: join(folder, "ledger.sqlite"),
    lock: join(folder, "lock.sqlite"),
    rows: join(folder, "rows"),
    files: join(folder, "files"),
    spool: join(folder, "spool"),
    code: join(folder, "code"),
    model: join(folder, "model"),
    logs: join(folder, "logs"),
    driverLog: join(folder, "logs", "driver.log"),
    workers: join(folder, "workers"),
    defaultOutput: join(folder, "named-outputs", "score"),
    failedItems: join(folder, "failed-items.jsonl"),
    driver: join(folder, "driver.json"),
    cancel: join(folder, "cancel.json"),
    end: join(folder, "end.json"),
    resume: join(folder, "resume.json"),
    inputs: join(folder, "inputs"),
    executionLog: join(folder, "logs", "azureml", "executionlogs.txt"),
    driverOutput: join(folder, "logs", "driver-output.log"),
  };
}

/** Where one worker's things lie while the job runs; `log` stays. */
export interface WorkerPaths {
  readonly folder: string;
  readonly scratch: string;
  /** Value of AZUREML_BI_OUTPUT_PATH for this worker. */
  readonly output: string;
  readonly take: string;
  readonly state: string;
  readonly log: string;
}

/** The layout of a worker's folder. `name` is unique among all workers that the job ever has, for example "0-3-1". */
export function workerPaths(job: JobPaths, slot: number, name: string): WorkerPaths {
  const folder = join(job.workers, name);
  return {
    folder,
    scratch: join(folder, "scratch"),
    output: join(folder, "output"),
    take: join(folder, "take"),
    state: join(folder, "state"),
    log: join(job.logs, `worker-${slot}.log`),
  };
}
