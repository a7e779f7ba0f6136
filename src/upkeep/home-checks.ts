import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { catalogPaths } from "../catalog/catalog-paths.ts";
import { BatchwiseError } from "../errors.ts";
import { type Finding, fail, ok, showBytes, warn } from "./diagnosis-finding.ts";

const enoughBytes = 2 * 2 ** 30;
const leastBytes = 200 * 2 ** 20;

/** File systems whose locks may not hold across machines, by the number that statfs gives. */
const networkSystems: Readonly<Record<number, string>> = {
  26985: "NFS",
  1702057283: "FUSE",
  4283649346: "CIFS",
  4266872130: "SMB",
};

/** The home folder: that it can be written to and is private, its disk, its catalog. */
export async function checkHome(home: string): Promise<Finding[]> {
  const place = findExisting(home);
  return [checkPermissions(home, place), checkDisk(place), checkFileSystem(place), await checkCatalog(home)];
}

/** The folder, or the nearest one above it that is there. */
function findExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : findExisting(dirname(path));
}

function checkPermissions(home: string, place: string): Finding {
  const exists = place === home;
  const stats = statSync(place);
  if (exists && !stats.isDirectory())
    return fail("home", `${home} is a file`, "name another folder with BATCHWISE_HOME");
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      "home",
      `${place} cannot be written to`,
      `chmod u+rwx ${place}, or name another folder with BATCHWISE_HOME`,
    );
  }
  if (!exists) return ok("home", `${home} (made when it is needed)`);
  const mode = (stats.mode & 0o777).toString(8);
  if ((stats.mode & 0o022) === 0) return ok("home", `${home} (mode ${mode})`);
  return warn("home", `${home} can be changed by others (mode ${mode})`, `chmod 700 ${home}`);
}

function checkDisk(place: string): Finding {
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${showBytes(free)} free at ${place}`;
  if (free >= enoughBytes) return ok("disk", found);
  const remedy = "batchwise gc frees what is not needed; BATCHWISE_HOME moves the home folder to another disk";
  return free >= leastBytes ? warn("disk", found, remedy) : fail("disk", found, remedy);
}

function checkFileSystem(place: string): Finding {
  const { type } = statfsSync(place);
  const name = networkSystems[type >>> 0];
  if (name === undefined) return ok("file system", "local");
  return warn("file system", name, "locks may not hold there: keep the home folder on a local disk (BATCHWISE_HOME)");
}

async function checkCatalog(home: string): Promise<Finding> {
  if (!existsSync(catalogPaths(home).database)) return ok("catalog", "none yet");
  const { openCatalog } = await import("../catalog/catalog.ts");
  try {
    const catalog = openCatalog(home);
    try {
      const endpoints = catalog.endpoints.list().length;
      const unfinished = catalog.jobs.listUnfinished().length;
      return ok("catalog", `${join(home, "catalog.sqlite")}: ${endpoints} endpoints, ${unfinished} unfinished jobs`);
    } finally {
      catalog.close();
    }
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    return fail("catalog", error.message, error.hint ?? "see docs/reference/errors.md");
  }
}
