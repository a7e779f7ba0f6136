import { existsSync } from "node:fs";
import { join } from "node:path";
import { downloadInputs } from "../jobs/download-inputs.ts";
import type { JobPython, JobRequest } from "../jobs/job-request.ts";
import { refuseScriptProblem } from "../jobs/preflight.ts";
import { formatRequest } from "../jobs/request.ts";
import { writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import type { ExecutionLog } from "./execution-log.ts";

interface PrepareOptions {
  readonly folder: string;
  readonly home: string;
  readonly request: JobRequest;
  readonly log: ExecutionLog;
  readonly signal: AbortSignal;
}

/**
 * What a submitted job needs before its first mini-batch: its inputs from the web and its Python, built where the environment is new. Returns the request as it is
 * in `job.json` then. What an earlier driver has prepared is kept.
 */
export async function prepareJob(options: PrepareOptions): Promise<JobRequest> {
  const { folder, request, log, signal } = options;
  const python = preparePython(options);
  // Awaited below, unless a download fails first.
  python.catch(() => {});
  await downloadInputs(request.downloads ?? [], { signal, onNotice: (text) => log.write(text) });
  const found = await python;
  if (found === request.python) return request;
  const prepared = { ...request, python: found };
  writeFileAtomic(jobPaths(folder).request, [formatRequest(prepared)]);
  return prepared;
}

async function preparePython({ folder, home, request, log }: PrepareOptions): Promise<JobPython> {
  if (request.python !== null && existsSync(request.python.executable)) return request.python;
  const script = join(folder, request.code.folder, request.code.script);
  const { findPython } = await import("../environment/find-python.ts");
  const found = await findPython({
    python: request.settings.python,
    environmentFile: request.settings.environmentFile,
    home,
    script,
    keepAzureml: request.settings.keepAzureml,
    pythonVersionFallback: request.settings.pythonVersionFallback,
    onProgress: (line) => log.write(line),
    onNotice: (text) => log.write(`note: ${text}`),
  });
  refuseScriptProblem(found, script);
  return { executable: found.executable, version: found.version };
}
