import { randomBytes } from "node:crypto";
import { renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import { listAssetUsers } from "../catalog/users.ts";
import { isInside } from "../config/is-inside.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { hasDriver } from "../jobs/driver-process.ts";
import { lstatOrNull, removeTree } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { type OsLock, takeLock } from "../storage/os-lock.ts";
import type { Garbage } from "./garbage.ts";

/** What changed after this process began was not there when the garbage was found. */
const startedAtMs = performance.timeOrigin;

/** What became of an item. */
export interface FreedItem {
  readonly item: Garbage;
  /** Null when it is gone; else why it stays. */
  readonly kept: string | null;
}

/** Frees what was found. Each item is looked at again under its lock first: whoever took it into use meanwhile keeps it. */
export function freeGarbage(catalog: Catalog, items: readonly Garbage[]): FreedItem[] {
  return items.map((item) => {
    try {
      return { item, kept: freeItem(catalog, item) };
    } catch (error) {
      if (error instanceof BatchwiseError || isSystemError(error)) return { item, kept: error.message };
      throw error;
    }
  });
}

function freeItem(catalog: Catalog, item: Garbage): string | null {
  switch (item.kind) {
    case "asset":
      return freeAsset(catalog, item);
    case "environment":
      return freeEnvironment(catalog, item.path as string);
    case "content":
      return freeContent(catalog, item.path as string);
    case "scratch":
      return freeOfJob(dirname(item.path as string), () => removeTree(item.path as string));
    case "job":
      return freeJob(catalog, item);
    default:
      removeTree(item.path as string);
      return null;
  }
}

function freeAsset(catalog: Catalog, { asset }: Garbage): string | null {
  if (asset === null) return null;
  return catalog.transaction(() => {
    const users = listAssetUsers(catalog, asset);
    if (users.length > 0) return `it is used by ${users[0]} now`;
    catalog.assets.remove(asset.kind, asset.name, asset.version);
    return null;
  });
}

/** In a transaction: no version of it is added meanwhile. It gets another name first, so that whoever registers the same content keeps it anew. */
function freeContent(catalog: Catalog, path: string): string | null {
  const leaving = join(dirname(path), `.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  const kept = catalog.transaction(() => {
    const user = catalog.assets.listAll().find((asset) => asset.path !== null && isInside(asset.path, path));
    if (user !== undefined) return `it is used by ${user.kind} ${user.name}:${user.version} now`;
    // While the user was asked, somebody may have begun to register the same content (see `settle`).
    if ((lstatOrNull(path)?.ctimeMs ?? 0) > startedAtMs) return "it is being registered";
    renameSync(path, leaving);
    return null;
  });
  if (kept === null) removeTree(leaving);
  return kept;
}

/** The builder's lock: nobody builds it while it goes. It gets another name first, so that nobody finds half of it. */
function freeEnvironment(catalog: Catalog, path: string): string | null {
  const lock = takeLock(join(catalog.home, "environments", ".locks", basename(path)), { holder: "batchwise gc" });
  if (lock === null) return "it is being built";
  return withLock(lock, () => {
    const leaving = join(dirname(path), `.removed-${basename(path)}-${process.pid}`);
    renameSync(path, leaving);
    removeTree(leaving);
  });
}

function freeJob(catalog: Catalog, { name, path }: Garbage): string | null {
  const folder = path as string;
  if (catalog.jobs.get(name)?.archived !== true) return "it is not archived any more";
  return freeOfJob(folder, () => {
    const leaving = join(dirname(folder), `.${name}.partial-${process.pid}-00000000`);
    renameSync(folder, leaving);
    catalog.jobs.remove(name);
    removeTree(leaving);
  });
}

/** With the job's lock held, so that no driver starts meanwhile. */
function freeOfJob(folder: string, remove: () => void): string | null {
  if (hasDriver(folder)) return "the job runs again";
  const lock = takeLock(jobPaths(folder).lock, { holder: "batchwise gc" });
  return lock === null ? "the job runs again" : withLock(lock, remove);
}

function withLock(lock: OsLock, work: () => void): null {
  try {
    work();
    return null;
  } finally {
    lock.release();
  }
}
