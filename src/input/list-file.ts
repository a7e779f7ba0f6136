import { closeSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { type RawPath, toFsPath } from "../storage/path-bytes.ts";

/** A path in a list. */
export interface ListedPath {
  /** Counted from 1, blank lines too. */
  readonly line: number;
  /** Raw, absolute, normalized. */
  readonly path: RawPath;
}

/**
 * Reads a list of paths: one a line, relative to the folder of the list; blank lines are skipped, a line may end in CR LF.
 * A list that holds a NUL (as `find -print0` writes it) is separated by NULs instead, so that names may hold newlines.
 * Read piece by piece: a list of millions of paths is not held in memory.
 */
export function* readList(file: RawPath, pieceBytes = 64 * 1024): Generator<ListedPath> {
  const folder = posix.dirname(file);
  const piece = Buffer.allocUnsafe(pieceBytes);
  const descriptor = openSync(toFsPath(file), "r");
  try {
    let separator: string | null = null;
    let rest = "";
    let line = 0;
    for (;;) {
      const length = readSync(descriptor, piece, 0, piece.length, null);
      rest += piece.toString("latin1", 0, length);
      if (separator === null) {
        // The first path of a list that uses NULs ends within PATH_MAX.
        if (length > 0 && rest.length < 8192) continue;
        separator = rest.includes("\0") ? "\0" : "\n";
        if (rest.startsWith("\xef\xbb\xbf")) rest = rest.slice(3);
      }
      const entries = rest.split(separator);
      rest = length > 0 ? entries.pop()! : "";
      for (const entry of entries) {
        line += 1;
        const path = separator === "\n" && entry.endsWith("\r") ? entry.slice(0, -1) : entry;
        if (path !== "") yield { line, path: normalizeListed(folder, path) };
      }
      if (length === 0) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

function normalizeListed(folder: RawPath, path: RawPath): RawPath {
  const normal = posix.join(path.startsWith("/") ? "/" : folder, path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
