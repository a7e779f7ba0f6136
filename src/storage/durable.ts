/**
 * File operations that survive a power cut. A name is durable once the folder that holds it is synced; content once the file is. A sync that
 * fails throws SyncError and is never tried again, see there.
 */

import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isSystemError } from "../errors.ts";
import { toNativePath } from "./path-bytes.ts";
import { SyncError } from "./storage-errors.ts";

export const privateFolderMode = 0o700;
export const privateFileMode = 0o600;

/** Syncs the data of an open file, and its size. */
export function syncData(descriptor: number, path: string): void {
  try {
    fdatasyncSync(descriptor);
  } catch (error) {
    throw new SyncError(path, error);
  }
}

/** Syncs a file by path. */
export function syncFile(path: string): void {
  syncPath(path, "r");
}

/** Syncs a folder: the names in it are durable afterwards. */
export function syncFolder(path: string): void {
  syncPath(path, "r");
}

/** Makes a folder, and what is missing above it; each new name is durable. Without `mode` only this user may read it. */
export function makeFolder(path: string, mode = privateFolderMode): void {
  if (lstatOrNull(path)?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  try {
    mkdirSync(toNativePath(path), { mode });
  } catch (error) {
    // A symbolic link to a folder is a folder too: mkdir says EEXIST, and what follows finds out.
    if (!isSystemError(error, "EEXIST")) throw error;
    return;
  }
  syncFolder(above);
}

/** Removes a file or a folder with all that is in it; it need not be there. */
export function removeTree(path: string): void {
  rmSync(toNativePath(path), { recursive: true, force: true });
}

/** The file's own state without following a link, or null when there is nothing. */
export function lstatOrNull(path: string): Stats | null {
  return lstatSync(toNativePath(path), { throwIfNoEntry: false }) ?? null;
}

/** Writes all bytes, however many times the system takes only some of them. */
export function writeAll(descriptor: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += writeSync(descriptor, bytes, done, bytes.byteLength - done, position === null ? null : position + done);
  }
}

/** The name under which a file is made before it gets its own; hidden, in the same folder, so that the rename is atomic. */
export function partialPath(path: string, tag = "batchwise"): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.${tag}.partial`;
}

/** Writes a file so that its name always shows the old content or the new, whole. `chunks` may be made while writing. */
export function writeFileAtomic(path: string, chunks: Iterable<Uint8Array | string>): void {
  const partial = partialPath(path);
  const descriptor = openSync(toNativePath(partial), "w", privateFileMode);
  try {
    for (const chunk of chunks) writeAll(descriptor, typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
    syncData(descriptor, partial);
  } catch (error) {
    closeSync(descriptor);
    removeTree(partial);
    throw error;
  }
  closeSync(descriptor);
  renameSync(toNativePath(partial), toNativePath(path));
  syncFolder(dirname(path));
}

/**
 * Gives a file another name, on the same file system. Without `replace` an existing file is not touched and EEXIST is thrown: two steps (link,
 * unlink), since a rename replaces in silence; a crash between the two is mended by the next call. Folders are not synced.
 */
export function moveFile(from: string, to: string, replace: boolean): void {
  if (replace) {
    renameSync(toNativePath(from), toNativePath(to));
    return;
  }
  try {
    linkSync(toNativePath(from), toNativePath(to));
  } catch (error) {
    if (isSystemError(error) && withoutHardLinks.has(error.code ?? "") && lstatOrNull(to) === null) {
      renameSync(toNativePath(from), toNativePath(to));
      return;
    }
    const [source, target] = [lstatOrNull(from), lstatOrNull(to)];
    if (source === null || target === null || source.ino !== target.ino || source.dev !== target.dev) throw error;
  }
  unlinkSync(toNativePath(from));
}

/** What file systems without hard links (FAT, some network shares) say. */
const withoutHardLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"]);

/** `folder` and a relative path below it; not normalized, since a path may hold bytes that only look like dots. */
export function joinPath(folder: string, relative: string): string {
  return folder.endsWith("/") ? folder + relative : `${folder}/${relative}`;
}

/** The folders between a root and a relative file path, outermost first: `a/b/c.txt` gives `a`, `a/b`. */
export function foldersOf(relative: string): string[] {
  const folders: string[] = [];
  for (let at = relative.indexOf("/"); at !== -1; at = relative.indexOf("/", at + 1))
    folders.push(relative.slice(0, at));
  return folders;
}

function syncPath(path: string, flags: string): void {
  const descriptor = openSync(toNativePath(path), flags);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    throw new SyncError(path, error);
  } finally {
    closeSync(descriptor);
  }
}
