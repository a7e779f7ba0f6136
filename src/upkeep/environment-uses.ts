import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import { keepEnvironmentFile } from "../catalog/environment-definition.ts";
import type { DeploymentRecord } from "../catalog/records.ts";
import { findMlmodelFile } from "../config/mlflow-model.ts";
import { hashSpec } from "../environment/build-environment.ts";
import { readEnvironmentFile } from "../environment/read-environment-file.ts";
import { homePaths } from "../jobs/home.ts";
import { isProcessAlive } from "../storage/process-alive.ts";
import type { JobUses } from "./job-uses.ts";
import { listNames } from "./job-uses.ts";

export interface UsedEnvironments {
  /** Names of folders below `<home>/environments`. */
  readonly names: ReadonlySet<string>;
  /** Why it cannot be said for sure what is used; null when it can. */
  readonly unknown: string | null;
}

/** The environments that deployments and jobs have or will ask for, and those that a process runs from. */
export async function listUsedEnvironments(catalog: Catalog, jobs: readonly JobUses[]): Promise<UsedEnvironments> {
  const names = new Set<string>();
  const files = new Map<string, string>();
  for (const job of jobs) {
    if (job.isUnknown) return { names, unknown: `job ${job.name} cannot be read` };
    if (job.environment !== null) names.add(job.environment);
    if (job.environmentFile !== null) files.set(job.environmentFile, `job ${job.name}`);
  }
  // A job that is being made has its environment already, and no folder that names it.
  const draft = listNames(homePaths(catalog.home).jobs).find((name) => {
    const pid = /^\..+\.partial-(\d+)-[0-9a-f]+$/.exec(name)?.[1];
    return pid !== undefined && isProcessAlive(Number(pid));
  });
  if (draft !== undefined) return { names, unknown: "a job is being made at this moment" };
  for (const deployment of catalog.deployments.list()) {
    const file = findEnvironmentFile(catalog, deployment);
    if (file !== null) files.set(file, `deployment ${deployment.name} of endpoint ${deployment.endpoint}`);
  }
  for (const [file, user] of files) {
    try {
      for (const hash of await listHashes(file)) names.add(hash);
    } catch {
      return { names, unknown: `the environment of ${user} cannot be read` };
    }
  }
  for (const name of listRunning(join(catalog.home, "environments"))) names.add(name);
  return { names, unknown: null };
}

function findEnvironmentFile(catalog: Catalog, { environment, model }: DeploymentRecord): string | null {
  if (environment !== null) {
    const asset = catalog.assets.get("environment", environment.name, environment.version);
    return asset === null ? null : keepEnvironmentFile(catalog.home, asset);
  }
  const asset = model === null ? null : catalog.assets.get("model", model.name, model.version);
  return asset?.path == null ? null : findMlmodelFile(asset.path);
}

/** Azure's own packages may be left out or kept, and conda may be there or not: each makes another environment. */
async function listHashes(file: string): Promise<string[]> {
  const specs = await Promise.all(
    [false, true].flatMap((keep) => [false, true].map((hasConda) => tryRead(file, keep, hasConda))),
  );
  const read = specs.filter((spec) => spec !== null);
  if (read.length === 0) throw new Error(`${file} cannot be read`);
  return read.map(hashSpec);
}

async function tryRead(file: string, keepAzureml: boolean, hasConda: boolean) {
  try {
    return await readEnvironmentFile(file, keepAzureml, hasConda);
  } catch {
    return null; // for example packages that only conda has
  }
}

/** Environments whose folder stands in the command line of a process. */
function listRunning(environments: string): string[] {
  const found: string[] = [];
  for (const pid of listProcesses()) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      const at = words.indexOf(`${environments}/`);
      if (at >= 0) found.push(words.slice(at + environments.length + 1).split(/[/\0]/, 1)[0] as string);
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
  return found;
}

function listProcesses(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // no /proc
  }
}
