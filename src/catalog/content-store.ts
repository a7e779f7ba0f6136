/**
 * Content of models and data in the home folder: `models/<hash>/<name>`, once for each content, read-only, never changed.
 *
 * It is copied into a folder of another name first (`.partial-<pid>-…`), synced, and then renamed: whatever is killed on the way, what lies under a hash is
 * whole. Two processes that keep the same content at once both succeed; one copy stays.
 */

import { createHash, type Hash, randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  utimesSync,
} from "node:fs";
import { basename, join } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { makeFolder, removeTree, syncFile, syncFolder } from "../storage/durable.ts";
import { encodePathBytes, showPath, toNativePath } from "../storage/path-bytes.ts";
import { isProcessAlive } from "../storage/process-alive.ts";
import { describeStorageError } from "../storage/storage-errors.ts";
import { readNames } from "../storage/text-paths.ts";

/** Content that is kept, or known where it is. */
export interface KeptContent {
  /** Absolute path of the file or folder. */
  readonly path: string;
  /** SHA-256 over its own name, the names in it and the contents. */
  readonly hash: string;
  readonly files: number;
  readonly bytes: number;
  readonly isFolder: boolean;
}

interface Walk {
  readonly hash: Hash;
  readonly chunk: Buffer;
  /** Absolute paths that are left out: the home folder, when it lies in the content. */
  readonly leaveOut: string;
  files: number;
  bytes: number;
}

const maxDepth = 64;

/** Copies a file or folder into `folder`. `home` is left out when it lies in it. Throws `asset_unreadable` or `disk_full`. */
export function keepContent(source: string, folder: string, home: string): KeptContent {
  makeFolder(folder);
  removeAbandoned(folder);
  const partial = join(folder, `.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    mkdirSync(partial, { mode: 0o700 });
    const inner = join(partial, basename(source));
    const { hash, files, bytes, isFolder } = walkContent(source, inner, home);
    syncFolder(partial);
    const final = join(folder, hash.slice(0, 32));
    settle(partial, final);
    return { path: join(final, basename(source)), hash, files, bytes, isFolder };
  } catch (error) {
    throw describeStorageError(error, "keeping the content of an asset", source);
  } finally {
    removeTree(partial);
  }
}

/** The same answer for content that stays where it is. */
export function measureContent(source: string, home: string): KeptContent {
  return { path: source, ...walkContent(source, null, home) };
}

/** Gives a finished folder its name. A folder that is there already has the same content. */
export function settle(partial: string, final: string): void {
  try {
    renameSync(partial, final);
  } catch (error) {
    if (!isSystemError(error, "ENOTEMPTY") && !isSystemError(error, "EEXIST")) throw error;
    // As young as if it had been made now: `batchwise gc` leaves alone what is about to be registered.
    const now = new Date();
    utimesSync(final, now, now);
  }
  syncFolder(join(final, ".."));
}

function walkContent(source: string, target: string | null, home: string): Omit<KeptContent, "path"> {
  const walk: Walk = {
    hash: createHash("sha256"),
    chunk: Buffer.allocUnsafe(1024 * 1024),
    leaveOut: home,
    files: 0,
    bytes: 0,
  };
  const stats = readStats(source);
  const isFolder = stats.isDirectory();
  visit(walk, source, target, basename(source), []);
  if (walk.files === 0) {
    throw new BatchwiseError(
      "asset_unreadable",
      `Directory ${source} is empty. path or local_path must be a non-empty directory.`,
    );
  }
  return { hash: walk.hash.digest("hex"), files: walk.files, bytes: walk.bytes, isFolder };
}

function visit(walk: Walk, source: string, target: string | null, inner: string, above: readonly string[]): void {
  const stats = readStats(source);
  const name = encodePathBytes(inner);
  if (stats.isDirectory()) {
    const identity = `${stats.dev}:${stats.ino}`;
    if (above.includes(identity) || above.length > maxDepth) {
      throw new BatchwiseError("asset_unreadable", `${showPath(source)} is a link to a folder above itself`, {
        hint: "remove the link; it would be copied without end",
      });
    }
    if (target !== null) mkdirSync(toNativePath(target), { mode: 0o700 });
    walk.hash.update(`d${name.length}:`).update(name);
    for (const entry of listNames(source)) {
      const path = join(source, entry);
      if (path === walk.leaveOut) continue;
      visit(walk, path, target === null ? null : join(target, entry), `${inner}/${entry}`, [...above, identity]);
    }
    if (target !== null) syncFolder(target);
    return;
  }
  // Sockets and pipes are no content.
  if (!stats.isFile()) return;
  walk.files += 1;
  walk.bytes += stats.size;
  if (target !== null) copyFile(source, target, stats);
  walk.hash.update(`f${name.length}:`).update(name).update(`${stats.size}:`);
  // Of the copy, since that is what will be used.
  hashFile(walk, target ?? source, stats.size);
}

/**
 * A reflink where the file system has them, else a copy. A hard link only to a file that nobody may write to: trainers write over their model in place, and
 * a version never changes.
 */
function copyFile(source: string, target: string, stats: Stats): void {
  if ((stats.mode & 0o222) === 0) {
    try {
      linkSync(toNativePath(source), toNativePath(target));
      return;
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
  copyFileSync(toNativePath(source), toNativePath(target), constants.COPYFILE_FICLONE);
  // Read-only: a job sees this very file, by a hard link.
  chmodSync(toNativePath(target), stats.mode & 0o100 ? 0o500 : 0o400);
  syncFile(target);
}

function hashFile(walk: Walk, path: string, expectedBytes: number): void {
  const descriptor = openSync(toNativePath(path), "r");
  let bytes = 0;
  try {
    for (;;) {
      const read = readSync(descriptor, walk.chunk);
      if (read === 0) break;
      bytes += read;
      walk.hash.update(walk.chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  if (bytes !== expectedBytes) {
    throw new BatchwiseError("asset_unreadable", `${showPath(path)} changed while it was read`, {
      hint: "register it when nothing writes to it",
    });
  }
}

function readStats(path: string): Stats {
  try {
    return statSync(toNativePath(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

function listNames(path: string): string[] {
  try {
    return readNames(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const message =
    cause.code === "ENOENT"
      ? `No such file or directory: ${showPath(path)}`
      : `cannot read ${showPath(path)}: ${cause.message}`;
  return new BatchwiseError("asset_unreadable", message, { cause });
}

/** What processes left behind that were killed while they copied. */
export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^\.partial-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isProcessAlive(Number(pid))) removeTree(join(folder, name));
  }
}
