import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import { join, relative } from "node:path";
import { isInside } from "../config/is-inside.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { toNativePath } from "../storage/path-bytes.ts";
import { readNames } from "../storage/text-paths.ts";
import { type IgnoreRules, parseIgnoreRules } from "./ignore-rules.ts";

/** Azure ML takes snapshots of up to 300 MiB and 2,000 files; more files are no trouble on a local disk. */
export const snapshotLimits = { bytes: 300 * 1024 * 1024, files: 5000 } as const;

export interface CodeSnapshot {
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 over names and contents, in byte order of the names. */
  readonly sha256: string;
}

export interface SnapshotOptions {
  readonly codeDir: string;
  readonly target: string;
  /** Absolute path of the script; it is copied whatever the ignore file says. */
  readonly script: string;
  /** Absolute paths that are no code even when they lie in the code folder: input, model, output, home. */
  readonly leaveOut: readonly string[];
  readonly limits?: { readonly bytes: number; readonly files: number };
}

/** What is never code. A virtual environment is known by its `pyvenv.cfg`. */
const skippedNames = new Set([
  ".git",
  ".hg",
  ".svn",
  "__pycache__",
  ".ipynb_checkpoints",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  "node_modules",
]);

interface Copying extends SnapshotOptions {
  readonly ignored: IgnoreRules;
  readonly hash: ReturnType<typeof createHash>;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly chunk: Buffer;
  files: number;
  bytes: number;
}

/**
 * Copies the code folder to `target`, so that a later edit does not change a resumed job. `.amlignore`, or else `.gitignore`, of the folder is heeded.
 * Throws `code_too_large` before more than the limit is copied.
 */
export function snapshotCode(options: SnapshotOptions): CodeSnapshot {
  const copying: Copying = {
    ...options,
    ignored: readIgnoreFile(options.codeDir),
    hash: createHash("sha256"),
    maxBytes: options.limits?.bytes ?? snapshotLimits.bytes,
    maxFiles: options.limits?.files ?? snapshotLimits.files,
    chunk: Buffer.allocUnsafe(64 * 1024),
    files: 0,
    bytes: 0,
  };
  mkdirSync(options.target, { recursive: true, mode: 0o700 });
  copyFolder(copying, options.codeDir, options.target, new Set());
  return { files: copying.files, bytes: copying.bytes, sha256: copying.hash.digest("hex") };
}

/** The absolute paths that are the job's but no code, when they happen to lie in the code folder. */
export function listForeignPaths(settings: JobSettings): string[] {
  const inputs = settings.inputs.map((input) => (input.startsWith("@") ? input.slice(1) : input));
  return [settings.model, settings.outputPath, ...inputs]
    .filter((path) => path !== null)
    .filter((path) => path !== settings.codeDir && path !== settings.script);
}

function readIgnoreFile(codeDir: string): IgnoreRules {
  for (const name of [".amlignore", ".gitignore"]) {
    try {
      return parseIgnoreRules(readFileSync(join(codeDir, name), "utf8"));
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw unreadable(join(codeDir, name), error);
    }
  }
  return () => false;
}

function copyFolder(copying: Copying, source: string, target: string, above: ReadonlySet<string>): void {
  let names: string[];
  try {
    names = readNames(source);
  } catch (error) {
    throw unreadable(source, error);
  }
  if (above.size > 0 && names.includes("pyvenv.cfg")) return;
  const { dev, ino } = statSync(toNativePath(source));
  // A link to a folder above itself would never end.
  if (above.has(`${dev}:${ino}`)) return;
  const within = new Set(above).add(`${dev}:${ino}`);
  mkdirSync(toNativePath(target), { recursive: true, mode: 0o700 });
  for (const name of names) copyEntry(copying, join(source, name), join(target, name), name, within);
}

function copyEntry(copying: Copying, source: string, target: string, name: string, above: ReadonlySet<string>): void {
  if (skippedNames.has(name) || copying.leaveOut.includes(source)) return;
  const stats = statSync(toNativePath(source), { throwIfNoEntry: false });
  // Dangling links, sockets and pipes are no code.
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return;
  const inner = relative(copying.codeDir, source);
  const wanted = isInside(copying.script, source);
  if (!wanted && copying.ignored(inner, stats.isDirectory())) return;
  if (stats.isDirectory()) {
    copyFolder(copying, source, target, above);
    return;
  }
  copying.files += 1;
  copying.bytes += stats.size;
  if (copying.files > copying.maxFiles) throw tooLarge(copying, `has more than ${copying.maxFiles} files`);
  if (copying.bytes > copying.maxBytes)
    throw tooLarge(copying, `has more than ${Math.floor(copying.maxBytes / 1024 / 1024)} MiB`);
  try {
    // Reflinks where the file system has them; else an ordinary copy.
    copyFileSync(toNativePath(source), toNativePath(target), constants.COPYFILE_FICLONE);
    chmodSync(toNativePath(target), stats.mode & 0o100 ? 0o700 : 0o600);
  } catch (error) {
    throw unreadable(source, error);
  }
  hashFile(copying, inner, target);
}

/** The hash is taken from the copy: it says what will run. */
function hashFile(copying: Copying, inner: string, path: string): void {
  const file = openSync(toNativePath(path), "r");
  try {
    copying.hash.update(`${inner.length}:${inner}:${fstatSync(file).size}:`);
    for (;;) {
      const read = readSync(file, copying.chunk);
      if (read === 0) break;
      copying.hash.update(copying.chunk.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

function tooLarge(copying: Copying, what: string): BatchwiseError {
  return new BatchwiseError(
    "code_too_large",
    `the code folder ${copying.codeDir} ${what} and is not copied into the job`,
    {
      hint: "put the script into a folder of its own, name that with --code, or list what is no code in a file .amlignore there",
    },
  );
}

function unreadable(path: string, cause: unknown): BatchwiseError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BatchwiseError("file_unreadable", `cannot copy the code: ${path}: ${reason}`, {
    cause,
    hint: "make it readable, or list it in a file .amlignore in the code folder",
  });
}
