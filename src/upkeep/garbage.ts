/**
 * What in a home folder nobody needs. Only what is known to be unused is named:
 *
 *     environment   built, and neither a deployment nor a job uses it; half-built ones whose builder is gone
 *     draft         a job folder or an asset that a killed process was making
 *     scratch       what the workers of a job left behind whose driver is gone
 *     content       a copy of a model, of data or of code that no version in the catalog and no job refers to
 *     asset         a version without a name of its own (from a deployment file) that no deployment uses any more
 *     job           an archived job with its results, only when asked for
 *
 * Where something cannot be read that might use an environment or content, all of that kind stays.
 */

import { join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import { catalogPaths } from "../catalog/catalog-paths.ts";
import type { AssetRecord } from "../catalog/records.ts";
import { listAssetUsers } from "../catalog/users.ts";
import { isInside } from "../config/is-inside.ts";
import { homePaths } from "../jobs/home.ts";
import { lstatOrNull } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { isProcessAlive } from "../storage/process-alive.ts";
import { listUsedEnvironments } from "./environment-uses.ts";
import { measureFolder } from "./folder-size.ts";
import { isDriven, type JobUses, listJobUses, listNames } from "./job-uses.ts";

export interface Garbage {
  readonly kind: "environment" | "draft" | "scratch" | "content" | "asset" | "job";
  /** Name of the job, environment or asset. */
  readonly name: string;
  /** Folder or file that goes away; null for an entry of the catalog alone. */
  readonly path: string | null;
  readonly bytes: number;
  readonly why: string;
  /** For assets: what is removed from the catalog. */
  readonly asset: Pick<AssetRecord, "kind" | "name" | "version"> | null;
}

export interface GarbageReport {
  readonly items: readonly Garbage[];
  /** What might be garbage and stays, since that is not known for sure. */
  readonly notices: readonly string[];
}

export interface GarbageOptions {
  /** Whether archived jobs count. */
  readonly archived: boolean;
  /** Environments, content and assets younger than this stay: whoever makes a deployment has them before it is there. */
  readonly minAgeMs: number;
}

/** Finds what can be freed; changes nothing. */
export async function findGarbage(catalog: Catalog, options: GarbageOptions): Promise<GarbageReport> {
  const { home } = catalog;
  const newestMs = Date.now() - options.minAgeMs;
  const jobs = listJobUses(home);
  const archived = options.archived ? findArchivedJobs(catalog, jobs) : [];
  const gone = new Set(archived.map(({ name }) => name));
  const staying = jobs.filter(({ name }) => !gone.has(name));
  const drafts = findDrafts(home);
  const assets = findUnusedAssets(catalog, newestMs);
  const environments = await findUnusedEnvironments(catalog, staying, newestMs);
  const content = findUnusedContent(catalog, staying, assets, newestMs);
  return {
    items: [
      ...drafts,
      ...findScratch(catalog, staying),
      ...environments.items,
      ...assets,
      ...content.items,
      ...archived,
    ],
    notices: [...environments.notices, ...content.notices],
  };
}

function makeItem(kind: Garbage["kind"], name: string, path: string, why: string): Garbage {
  return { kind, name, path, bytes: measureFolder(path), why, asset: null };
}

/** By the time of its last change, a new name included. */
function isOlder(path: string, newestMs: number): boolean {
  const stats = lstatOrNull(path);
  return stats !== null && stats.ctimeMs <= newestMs;
}

/** `.NAME.partial-PID-…` of jobs, `.partial-PID-…` of assets. */
function findDrafts(home: string): Garbage[] {
  const paths = catalogPaths(home);
  return [homePaths(home).jobs, paths.models, paths.data, paths.code].flatMap((folder) =>
    listNames(folder).flatMap((name) => {
      const pid = /^\.(?:.+\.)?partial-(\d+)-[0-9a-f]+$/.exec(name)?.[1];
      if (pid === undefined || isProcessAlive(Number(pid))) return [];
      return [makeItem("draft", name, join(folder, name), "the process that made it is gone")];
    }),
  );
}

function findScratch(catalog: Catalog, jobs: readonly JobUses[]): Garbage[] {
  return jobs.flatMap((job) => {
    const { workers } = jobPaths(job.folder);
    if (listNames(workers).length === 0 || isDriven(job, catalog)) return [];
    return [makeItem("scratch", job.name, workers, "its driver is gone, and a resumed job makes it anew")];
  });
}

function findArchivedJobs(catalog: Catalog, jobs: readonly JobUses[]): Garbage[] {
  return jobs.flatMap((job) => {
    const record = catalog.jobs.get(job.name);
    if (record === null || !record.archived || isDriven(job, catalog)) return [];
    return [makeItem("job", job.name, job.folder, "archived; its results below named-outputs go with it")];
  });
}

async function findUnusedEnvironments(
  catalog: Catalog,
  jobs: readonly JobUses[],
  newestMs: number,
): Promise<GarbageReport> {
  const folder = join(catalog.home, "environments");
  const names = listNames(folder).filter((name) => !name.startsWith("."));
  if (names.length === 0) return { items: [], notices: [] };
  const used = await listUsedEnvironments(catalog, jobs);
  if (used.unknown !== null) {
    return { items: [], notices: [`environments stay: ${used.unknown}`] };
  }
  const items = names
    .filter((name) => !used.names.has(name) && isOlder(join(folder, name), newestMs))
    .map((name) => {
      const isBuilt = lstatOrNull(join(folder, name, ".complete")) !== null;
      const why = isBuilt ? "no deployment and no job uses it; it is built again when one does" : "half-built";
      return makeItem("environment", name, join(folder, name), why);
    });
  return { items, notices: [] };
}

function findUnusedAssets(catalog: Catalog, newestMs: number): Garbage[] {
  return catalog.assets
    .listAll()
    .filter((asset) => asset.isAnonymous && Date.parse(asset.createdAt) < newestMs)
    .filter((asset) => listAssetUsers(catalog, asset).length === 0)
    .map((asset) => ({
      kind: "asset",
      name: `${asset.kind} ${asset.name}:${asset.version}`,
      path: null,
      bytes: 0,
      why: "made for a deployment that is gone or has another one now",
      asset: { kind: asset.kind, name: asset.name, version: asset.version },
    }));
}

/** Folders below `models/`, `data/` and `code/`: each holds one content under its hash. */
function findUnusedContent(
  catalog: Catalog,
  jobs: readonly JobUses[],
  leaving: readonly Garbage[],
  newestMs: number,
): GarbageReport {
  const paths = catalogPaths(catalog.home);
  const unknown = jobs.find((job) => job.isUnknown);
  if (unknown !== undefined) {
    return { items: [], notices: [`content of assets stays: job ${unknown.name} cannot be read`] };
  }
  const left = new Set(leaving.map(({ asset }) => JSON.stringify(asset)));
  const staying = catalog.assets
    .listAll()
    .filter(({ kind, name, version }) => !left.has(JSON.stringify({ kind, name, version })));
  const used = [...staying.map(({ path }) => path), ...jobs.map(({ model }) => model)].filter((path) => path !== null);
  const items = [paths.models, paths.data, paths.code].flatMap((folder) =>
    listNames(folder)
      .filter((name) => !name.startsWith("."))
      .map((name) => join(folder, name))
      .filter((path) => isOlder(path, newestMs) && !used.some((each) => each === path || isInside(each, path)))
      .map((path) =>
        makeItem("content", path.slice(catalog.home.length + 1), path, "nothing in the catalog refers to it"),
      ),
  );
  return { items, notices: [] };
}
