import { availableParallelism } from "node:os";
import type { WorkerPaths } from "../storage/job-paths.ts";
import { chooseGpus } from "./gpus.ts";
import type { DriverJob } from "./job-outcome.ts";

/** Variables by which numeric libraries are told how many threads to start. */
const threadVariables = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "BLIS_NUM_THREADS",
  "RAYON_NUM_THREADS",
];

/**
 * The variables of a worker on top of the driver's. Thread pools are capped to its share of the cores unless somebody has set them: two workers that start a
 * thread for each core make each other slower.
 */
export function buildWorkerEnvironment(job: DriverJob, slot: number, paths: WorkerPaths): Record<string, string> {
  const { settings } = job;
  const threads = String(Math.max(1, Math.floor(availableParallelism() / settings.workers)));
  const environment: Record<string, string> = {};
  for (const name of threadVariables) environment[name] = process.env[name] ?? threads;
  Object.assign(environment, settings.environmentVariables);
  environment.AZUREML_BI_OUTPUT_PATH = paths.output;
  Object.assign(environment, chooseGpus(settings.gpusPerWorker, slot));
  if (job.modelDir !== null) environment.AZUREML_MODEL_DIR = job.modelDir;
  environment.BATCHWISE_JOB = settings.name;
  environment.BATCHWISE_WORKER = String(slot);
  return environment;
}
