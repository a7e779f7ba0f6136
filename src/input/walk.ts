import { lstatSync, type Stats, statSync } from "node:fs";
import { isSystemError } from "../errors.ts";
import { type RawPath, toFsPath } from "../storage/path-bytes.ts";
import type { RejectReason } from "./input.ts";
import { type NameSource, readNames } from "./read-names.ts";

/**
 * The walk over a folder, in input order (see order.ts), synchronous: the thread that runs it has nothing else to do.
 *
 * What becomes of an entry:
 *
 * | entry                                                       | becomes                          |
 * |-------------------------------------------------------------|----------------------------------|
 * | regular file, or a link that leads to one (also outside)    | an item, under the name it has   |
 * | folder, or a link that leads to one (also outside)          | walked, at the place of its name |
 * | link to a folder on the way down to it; links without end   | skipped, `link_loop`             |
 * | link to nothing                                             | skipped, `dangling_link`         |
 * | FIFO, socket, device                                        | skipped, `not_regular_file`      |
 * | gone between reading the folder and asking for its size     | skipped, `vanished`              |
 * | folder that cannot be read                                  | failed, `unreadable_folder`      |
 * | cannot be asked for its size; path longer than 4,096 bytes  | failed, `unreadable`             |
 *
 * Two names of one file (hard links, links) are two items. What the filter leaves out is not reported, and a folder it leaves out is not read.
 */

export interface WalkedItem {
  readonly kind: "item";
  /** Raw, ends in `/`. */
  readonly folder: RawPath;
  readonly name: RawPath;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface WalkedReject {
  readonly kind: "rejected";
  readonly folder: RawPath;
  readonly name: RawPath;
  readonly outcome: "skipped" | "failed";
  readonly reason: RejectReason;
  readonly detail: string;
}

export type Walked = WalkedItem | WalkedReject;

/** What to take; paths are raw and relative to the root of the walk. */
export interface WalkFilter {
  takesFile(relative: RawPath): boolean;
  /** False: do not even read this folder. */
  entersFolder(relative: RawPath): boolean;
}

/** One folder on the way down. */
interface Level {
  /** Ends in `/`. */
  readonly folder: RawPath;
  readonly names: NameSource;
  readonly device: number;
  readonly inode: number;
  /** Names, from this folder down, of the entry after which the walk begins; null once it is passed. */
  after: readonly RawPath[] | null;
}

/**
 * Walks `root` (raw, absolute, without a slash at the end unless it is `/`).
 *
 * `after`, raw and relative to the root: everything up to it and it itself stays out, whether or not it still exists. Files before it are not even looked at.
 */
export function* walkFolder(root: RawPath, filter: WalkFilter | null, after: RawPath | null): Generator<Walked> {
  const rootFolder = root.endsWith("/") ? root : `${root}/`;
  const stack: Level[] = [];
  const rootStats = statSync(toFsPath(root));
  stack.push(openLevel(rootFolder, rootStats, after === null ? null : after.split("/")));

  while (stack.length > 0) {
    const level = stack[stack.length - 1]!;
    const name = level.names.next();
    if (name === null) {
      stack.pop();
      continue;
    }
    const after = level.after !== null && name === level.after[0] ? level.after.slice(1) : null;
    level.after = null;
    // The entry the walk begins after was dealt with, whatever it is now. And where a folder above that entry has become something else, what is
    // there now is new and stands before the entry: `after !== null` below.
    if (after !== null && after.length === 0) continue;

    const stats = examineEntry(level.folder, name);
    if (!isStats(stats)) {
      if (after !== null) continue;
      if (filter === null || filter.takesFile(relativePath(rootFolder, level.folder, name))) yield stats;
    } else if (stats.isFile()) {
      if (after !== null) continue;
      if (filter !== null && !filter.takesFile(relativePath(rootFolder, level.folder, name))) continue;
      yield { kind: "item", folder: level.folder, name, size: stats.size, mtimeMs: stats.mtimeMs };
    } else if (stats.isDirectory()) {
      if (filter !== null && !filter.entersFolder(relativePath(rootFolder, level.folder, name))) continue;
      const folder = `${level.folder}${name}/`;
      const above = findAbove(stack, folder, stats);
      if (above !== null) {
        yield reject(level.folder, name, "link_loop", `leads back to ${above.folder}`);
        continue;
      }
      try {
        stack.push(openLevel(folder, stats, after));
      } catch (error) {
        yield rejectFolder(level.folder, name, error);
      }
    } else if (after === null && (filter === null || filter.takesFile(relativePath(rootFolder, level.folder, name)))) {
      yield reject(level.folder, name, "not_regular_file", `is ${describeKind(stats)}`);
    }
  }
}

/** Size, time and kind of an entry, links followed, or why there is none. */
export function examineEntry(folder: RawPath, name: RawPath): Stats | WalkedReject {
  const path = toFsPath(folder + name);
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined) return stats;
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link === undefined) return reject(folder, name, "vanished", "is gone since its folder was read");
    return reject(folder, name, "dangling_link", "is a link to nothing");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "ELOOP") return reject(folder, name, "link_loop", "is a link without end");
    const detail = error.code === "ENAMETOOLONG" ? "its path is longer than 4,096 bytes" : describeError(error);
    return reject(folder, name, "unreadable", detail);
  }
}

/** True for what `examineEntry` gives for an entry that exists. */
export function isStats(examined: Stats | WalkedReject): examined is Stats {
  return !("kind" in examined);
}

/** What an entry is that is neither a file nor a folder. */
export function describeKind(stats: Stats): string {
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  if (stats.isDirectory()) return "a folder";
  return "a device";
}

function openLevel(folder: RawPath, stats: Stats, after: readonly RawPath[] | null): Level {
  const names = readNames(folder, stats.size, after === null ? null : after[0]!);
  return { folder, names, device: stats.dev, inode: stats.ino, after };
}

/** The folder on the stack that `folder` is, or null. */
function findAbove(stack: readonly Level[], folder: RawPath, stats: Stats): Level | null {
  for (const level of stack) {
    if (level.inode === stats.ino && level.device === stats.dev && isSameFolder(level.folder, folder)) return level;
  }
  return null;
}

/** Inode numbers above 2^53 lose digits in a Stats, so a match is looked at again, exactly. */
function isSameFolder(a: RawPath, b: RawPath): boolean {
  const left = statSync(toFsPath(a), { bigint: true, throwIfNoEntry: false });
  const right = statSync(toFsPath(b), { bigint: true, throwIfNoEntry: false });
  return left !== undefined && right !== undefined && left.ino === right.ino && left.dev === right.dev;
}

function relativePath(rootFolder: RawPath, folder: RawPath, name: RawPath): RawPath {
  return folder.slice(rootFolder.length) + name;
}

/** A rejected entry; the reason decides whether it counts as failed or only as skipped. */
export function reject(folder: RawPath, name: RawPath, reason: RejectReason, detail: string): WalkedReject {
  const failed = reason === "unreadable" || reason === "unreadable_folder" || reason === "not_found";
  const outcome = failed ? "failed" : "skipped";
  return { kind: "rejected", folder, name, outcome, reason, detail };
}

function rejectFolder(folder: RawPath, name: RawPath, error: unknown): WalkedReject {
  if (!isSystemError(error)) throw error;
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return reject(folder, name, "vanished", "is gone since its folder was read");
  }
  const detail = error.code === "ENAMETOOLONG" ? "its path is longer than 4,096 bytes" : describeError(error);
  return reject(folder, name, "unreadable_folder", detail);
}

function describeError(error: NodeJS.ErrnoException): string {
  return error.code === "EACCES" ? "permission denied" : (error.code ?? error.message);
}
