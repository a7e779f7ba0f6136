/** The last step of publishing into a folder that exists: each file gets its name there, and nothing of somebody else is replaced unasked. */

import { readdirSync } from "node:fs";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { joinPath, lstatOrNull, makeFolder, moveFile, removeTree, syncFolder } from "../storage/durable.ts";
import { decodePathBytes, showPath, toNativePath } from "../storage/path-bytes.ts";
import { readSum } from "./file-sum.ts";
import { iteratePieces } from "./file-table.ts";
import { fromStoredPath, type PublishedRows } from "./publication.ts";
import type { PublishContext } from "./publish-context.ts";

/** Throws `output_exists` when a name in the output folder is taken by something that this job did not publish, unless `overwrite` is set. */
export function checkFreeToPlace(context: PublishContext, previous: PublishedRows | null): void {
  const { settings, db } = context;
  if (lstatOrNull(settings.outputFolder) === null) return;
  if (settings.outputAction === "append_row") {
    assertFree(context, settings.outputFolder, settings.outputFileName, previous);
  }
  for (const pieces of iteratePieces(db)) assertFree(context, settings.outputFolder, pieces[0]!.path, previous);
}

/** Moves everything from the partial folder to its place; what an interrupted call has moved is not there any more. */
export function placeFiles(
  context: PublishContext,
  partial: string,
  folder: string,
  previous: PublishedRows | null,
): void {
  if (lstatOrNull(partial) === null) return;
  makeFolder(folder, 0o777);
  placeBelow("");
  removeTree(partial);
  syncFolder(folder);

  function placeBelow(relative: string): void {
    const target = joinPath(folder, relative);
    const entries = readdirSync(toNativePath(joinPath(partial, relative)), { withFileTypes: true, encoding: "buffer" });
    for (const entry of entries) {
      const path = relative + decodePathBytes(entry.name);
      if (entry.isDirectory()) {
        makeFolder(joinPath(folder, path), 0o777);
        placeBelow(`${path}/`);
      } else {
        placeFile(path);
      }
    }
    syncFolder(target);
  }

  function placeFile(path: string): void {
    const to = joinPath(folder, path);
    try {
      moveFile(joinPath(partial, path), to, context.settings.overwrite || isOurs(context, folder, path, previous));
    } catch (error) {
      if (isSystemError(error, "EEXIST")) throw makeExistsError(to);
      throw error;
    }
  }
}

function assertFree(context: PublishContext, folder: string, path: string, previous: PublishedRows | null): void {
  const target = joinPath(folder, path);
  const found = lstatOrNull(target);
  if (found === null || isOurs(context, folder, path, previous)) return;
  if (!context.settings.overwrite || found.isDirectory()) throw makeExistsError(target);
}

/** True when an earlier publishing of this job put the file there and nobody has changed it since. */
function isOurs(context: PublishContext, folder: string, path: string, previous: PublishedRows | null): boolean {
  const target = joinPath(folder, path);
  const found = lstatOrNull(target);
  if (found === null || !found.isFile()) return false;
  if (previous !== null && fromStoredPath(context.paths.folder, previous.path) === target) {
    return found.size === previous.bytes && readSum(target).crc === previous.crc;
  }
  return context.files.findPublishedBytes(path) === found.size;
}

function makeExistsError(path: string): BatchwiseError {
  return new BatchwiseError("output_exists", `publishing results: ${showPath(path)} exists already`, {
    hint: "move it away, or resume the job with --overwrite; the results are kept in the job folder until then",
  });
}
