/** Files that the script wrote, gathered in the partial folder under their own relative paths. */

import { closeSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import type { OnConflict } from "../config/job-settings.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import {
  joinPath,
  lstatOrNull,
  makeFolder,
  moveFile,
  partialPath,
  syncData,
  syncFolder,
  writeAll,
} from "../storage/durable.ts";
import { showPath, toNativePath } from "../storage/path-bytes.ts";
import type { FilePiece } from "./file-table.ts";
import { readChunks } from "./group-preparation.ts";
import { StagedFiles } from "./staged-files.ts";

export interface AssemblyFolders {
  /** Where files are gathered. */
  readonly partial: string;
  /** The output folder: pieces that were published earlier are in there. */
  readonly folder: string;
  /** The folder `files` of the job. */
  readonly staged: string;
  readonly rule: OnConflict;
}

/** Moves or joins the pieces of each path; a path that an interrupted assembly had ready is left as it is. */
export function assembleFiles(paths: Iterable<readonly FilePiece[]>, folders: AssemblyFolders): void {
  const staged = new StagedFiles(folders.staged);
  const touched = new Set<string>();
  for (const pieces of paths) {
    const wanted = folders.rule === "last" ? pieces.slice(-1) : pieces;
    if (wanted.every((piece) => piece.published !== null)) continue;
    const target = joinPath(folders.partial, wanted[0]!.path);
    if (lstatOrNull(target) !== null) continue;
    makeFolder(dirname(target), 0o777);
    touched.add(dirname(target));
    const only = wanted.length === 1 ? wanted[0]! : null;
    if (only === null || !moveAcross(sourceOf(only, staged), target))
      joinPieces(wanted, target, staged, folders.folder);
  }
  for (const folder of touched) syncFolder(folder);
  syncFolder(folders.partial);
}

function sourceOf(piece: FilePiece, staged: StagedFiles): string {
  return joinPath(staged.folderOf(piece.miniBatch, piece.attempt), piece.path);
}

/** A rename; false when the output lies on another file system. */
function moveAcross(from: string, to: string): boolean {
  try {
    moveFile(from, to, true);
    return true;
  } catch (error) {
    if (isSystemError(error, "EXDEV")) return false;
    throw error;
  }
}

/** Writes the pieces one behind the other. */
function joinPieces(pieces: readonly FilePiece[], target: string, staged: StagedFiles, published: string): void {
  const partial = partialPath(target);
  const descriptor = openSync(toNativePath(partial), "w", 0o666);
  try {
    for (const piece of pieces) {
      const source = piece.published === null ? sourceOf(piece, staged) : joinPath(published, piece.path);
      let bytes = 0;
      for (const chunk of readChunks(source, piece.published ?? 0, piece.bytes)) {
        writeAll(descriptor, chunk);
        bytes += chunk.byteLength;
      }
      if (bytes !== piece.bytes) throw makeShortPieceError(piece, source, bytes);
    }
    syncData(descriptor, partial);
  } finally {
    closeSync(descriptor);
  }
  renameSync(toNativePath(partial), toNativePath(target));
}

function makeShortPieceError(piece: FilePiece, source: string, bytes: number): BatchwiseError {
  return new BatchwiseError(
    "output_changed",
    `publishing ${showPath(piece.path)}: mini-batch ${piece.miniBatch} wrote ${piece.bytes} bytes, ${showPath(source)} has ${bytes} of them`,
    { hint: "something else than this job changed the file: restore it from a copy, or start the job anew" },
  );
}
