import { chmodSync, cpSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { AssetRecord } from "../../catalog/records.ts";
import { AzError } from "../az/az-error.ts";

/** Copies the content of a version into `<path>/<name>/`, under its own name; what lies there is overwritten. Returns where it is. */
export function copyContent(asset: AssetRecord, path: string): string {
  if (asset.path === null || /^[a-z][a-z0-9+.-]*:\/\//i.test(asset.path)) {
    throw new AzError(
      1,
      `${asset.kind} ${asset.name}:${asset.version} has no content on this machine${asset.path === null ? "" : `: ${asset.path}`}`,
    );
  }
  if (statSync(asset.path, { throwIfNoEntry: false }) === undefined) {
    throw new AzError(
      1,
      `the content of ${asset.kind} ${asset.name}:${asset.version} is gone: ${asset.path} does not exist`,
    );
  }
  const folder = join(resolve(path), asset.name);
  mkdirSync(folder, { recursive: true });
  const target = join(folder, basename(asset.path));
  cpSync(asset.path, target, { recursive: true, force: true, dereference: true });
  makeWritable(target);
  return target;
}

/** The content in the home folder is read-only; the copy is the user's own. */
function makeWritable(path: string): void {
  const stats = statSync(path);
  chmodSync(path, stats.mode | 0o200);
  if (stats.isDirectory()) for (const name of readdirSync(path)) makeWritable(join(path, name));
}
