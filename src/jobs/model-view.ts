import { constants, copyFileSync, linkSync, mkdirSync, realpathSync, type Stats, statSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { toNativePath } from "../storage/path-bytes.ts";
import { readNames } from "../storage/text-paths.ts";

export interface ModelView {
  readonly files: number;
  readonly bytes: number;
  /** Latest change of a file, milliseconds since 1970: with `files` and `bytes` it tells a later change of the model. */
  readonly newestMs: number;
}

/** Below this a file is copied when it cannot be hard-linked; above, it is linked symbolically. */
const copyLimitBytes = 1024 * 1024;

/**
 * Makes `folder`, the value of AZUREML_MODEL_DIR, and in it the model under its own name: real folders (MLflow refuses a symbolic link there) with
 * hard links for files, so that a model of many gigabytes costs nothing.
 */
export function makeModelView(model: string, folder: string): ModelView {
  const view = { files: 0, bytes: 0, newestMs: 0 };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  addEntry(view, model, join(folder, basename(model)), new Set());
  return view;
}

/** The same figures as `makeModelView` gives, of the model as it is now; null when it is gone. */
export function measureModel(model: string): ModelView | null {
  const view = { files: 0, bytes: 0, newestMs: 0 };
  try {
    addEntry(view, model, null, new Set());
    return view;
  } catch (error) {
    if (error instanceof BatchwiseError) return null;
    throw error;
  }
}

type Counting = { files: number; bytes: number; newestMs: number };

function addEntry(view: Counting, source: string, target: string | null, above: ReadonlySet<string>): void {
  const stats = readStats(source);
  if (stats.isDirectory()) {
    // A link to a folder above itself would never end.
    const identity = `${stats.dev}:${stats.ino}`;
    if (above.has(identity)) return;
    const deeper = new Set(above).add(identity);
    if (target !== null) mkdirSync(toNativePath(target), { mode: 0o700 });
    for (const name of listNames(source))
      addEntry(view, join(source, name), target === null ? null : join(target, name), deeper);
    return;
  }
  if (!stats.isFile()) return;
  view.files += 1;
  view.bytes += stats.size;
  view.newestMs = Math.max(view.newestMs, stats.mtimeMs);
  if (target !== null) linkFile(source, target, stats.size);
}

function linkFile(source: string, target: string, bytes: number): void {
  // A hard link to a symbolic link would be the link, not the file.
  const real = realpathSync.native(toNativePath(source), { encoding: "buffer" });
  try {
    linkSync(real, toNativePath(target));
  } catch (error) {
    // Another file system, a file of another user, or a file system without links.
    if (isSystemError(error, "ENOSPC")) throw error;
    if (bytes <= copyLimitBytes) copyFileSync(real, toNativePath(target), constants.COPYFILE_FICLONE);
    else symlinkSync(real, toNativePath(target));
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

function unreadable(path: string, cause: unknown): BatchwiseError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BatchwiseError("file_unreadable", `cannot read the model: ${path}: ${reason}`, { cause });
}
