import { join } from "node:path";
import type { DriverJob } from "../driver/job-outcome.ts";
import { BatchwiseError } from "../errors.ts";
import type { JobRequest } from "../jobs/job-request.ts";
import { jobPaths } from "../storage/job-paths.ts";

export interface OpenOptions {
  readonly isNew: boolean;
  readonly retryFailed?: boolean;
  readonly replan?: boolean;
}

/** What the driver needs, from a job folder and its request. */
export function openDriverJob(folder: string, request: JobRequest, options: OpenOptions): DriverJob {
  const codeDir = join(folder, request.code.folder);
  return {
    folder,
    settings: request.settings,
    script: join(codeDir, request.code.script),
    codeDir,
    modelDir: request.model === null ? null : jobPaths(folder).model,
    python: findPreparedPython(request),
    isNew: options.isNew,
    retryFailed: options.retryFailed ?? false,
    replan: options.replan ?? false,
  };
}

function findPreparedPython({ python, settings }: JobRequest): string {
  if (python !== null) return python.executable;
  throw new BatchwiseError("job_not_prepared", `job ${settings.name} waits in a queue and has no Python yet`, {
    hint: `wait until it runs: batchwise job stream --name ${settings.name}`,
  });
}
