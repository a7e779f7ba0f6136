/** What the jobs of a home folder hold on to. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import { isSystemError } from "../errors.ts";
import { hasDriver } from "../jobs/driver-process.ts";
import { homePaths } from "../jobs/home.ts";
import { lstatOrNull } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";

export interface JobUses {
  readonly name: string;
  readonly folder: string;
  /** Absolute path of the model as the job was given it; null when it has none. */
  readonly model: string | null;
  /** Name of the environment's folder; null when the job's Python is another one, or not chosen yet. */
  readonly environment: string | null;
  /** The file that an environment is still to be found from. */
  readonly environmentFile: string | null;
  /** True when what it uses cannot be read: then everything may be in use. */
  readonly isUnknown: boolean;
}

/** One entry for each job folder. */
export function listJobUses(home: string): JobUses[] {
  const { jobs } = homePaths(home);
  return listNames(jobs)
    .filter((name) => !name.startsWith("."))
    .map((name) => readUses(home, name, join(jobs, name)));
}

/** The jobs that a driver drives at this moment, or is about to. */
export function isDriven(job: JobUses, catalog: Catalog): boolean {
  const record = catalog.jobs.get(job.name);
  return record?.stage === "queued" || hasDriver(job.folder);
}

function readUses(home: string, name: string, folder: string): JobUses {
  const unknown = { name, folder, model: null, environment: null, environmentFile: null, isUnknown: true };
  let request: { settings?: Record<string, unknown>; python?: Record<string, unknown> | null };
  try {
    request = JSON.parse(readFileSync(jobPaths(folder).request, "utf8"));
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return { ...unknown, isUnknown: false };
    return unknown;
  }
  const settings = request.settings ?? {};
  const executable = textOf(request.python?.executable);
  const inside = executable === null ? null : relative(join(home, "environments"), executable);
  const isOurs = inside !== null && !inside.startsWith("..") && !inside.startsWith("/");
  return {
    name,
    folder,
    model: textOf(settings.model),
    environment: isOurs ? (inside.split("/")[0] ?? null) : null,
    environmentFile: executable === null ? textOf(settings.environmentFile) : null,
    isUnknown: false,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Names in a folder; none when it is not there. */
export function listNames(folder: string): string[] {
  return lstatOrNull(folder) === null ? [] : readdirSync(folder).sort();
}
