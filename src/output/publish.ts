/** Publishing: rows and files of all mini-batches, in input order, under their names in the output folder. States and steps: publication.ts. */

import { renameSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isSystemError } from "../errors.ts";
import { joinPath, lstatOrNull, makeFolder, partialPath, removeTree, syncFolder } from "../storage/durable.ts";
import { iteratePieces } from "./file-table.ts";
import type { PublishedOutput } from "./ledger-types.ts";
import { fromStoredPath, type Publication, parsePublication, toPublishedOutput, toStoredPath } from "./publication.ts";
import type { PublishContext } from "./publish-context.ts";
import { assembleFiles } from "./publish-files.ts";
import { checkFreeToPlace, placeFiles } from "./publish-place.ts";
import { assembleRows, copyRowsBack } from "./publish-rows.ts";
import { encodeHeader } from "./rows-append.ts";

/** Publishes, or finishes a publishing that was interrupted anywhere. */
export function publish(context: PublishContext): PublishedOutput {
  let publication = parsePublication(context.job.readPublication());
  if (publication.state === "none") publication = begin(context, publication);
  if (publication.state === "started" && publication.step === "assembling")
    publication = assemble(context, publication);
  if (publication.state === "started") publication = place(context, publication);
  return toPublishedOutput(publication, context.paths.folder)!;
}

/** Takes the published rows file back as the rows file of the job. Returns false when nothing is published. */
export function reopen(context: PublishContext): boolean {
  const { paths, totals, job, results } = context;
  const publication = parsePublication(job.readPublication());
  if (publication.state !== "done") return false;
  const rows = publication.rows ?? null;
  if (rows !== null) copyRowsBack(fromStoredPath(paths.folder, rows.path), rows, paths);
  const headerBytes = totals.columns === null ? 0 : encodeHeader(totals.columns).byteLength;
  context.transact(() => {
    // What was published lies in input order, whatever the order of the commits was.
    results.layInOrder(headerBytes);
    job.writeTotals({ ...totals, headerBytes, rowsEnd: rows?.bytes ?? 0, rowsCrc: rows?.crc ?? 0, rowsInOrder: true });
    job.writePublication(JSON.stringify({ state: "none", previous: rows } satisfies Publication));
  });
  return true;
}

function begin(context: PublishContext, before: Publication): Publication {
  const { settings, paths } = context;
  checkFreeToPlace(context, before.previous ?? null);
  const folder = settings.outputFolder;
  const tag = `batchwise-${basename(paths.folder)}`;
  // A new output folder appears with all that is in it; an existing one gets its files one by one, from a hidden folder on the same disk.
  const partial = lstatOrNull(folder) === null ? partialPath(folder, tag) : joinPath(folder, `.${tag}.partial`);
  return record(context, {
    state: "started",
    step: "assembling",
    folder: toStoredPath(paths.folder, folder),
    partial: toStoredPath(paths.folder, partial),
    previous: before.previous ?? null,
  });
}

/** Gathers everything in the partial folder, durable. */
function assemble(context: PublishContext, publication: Publication): Publication {
  const { settings, paths } = context;
  const partial = fromStoredPath(paths.folder, publication.partial!);
  const folder = fromStoredPath(paths.folder, publication.folder!);
  makeFolder(dirname(partial), 0o777);
  makeOutputFolder(partial);
  const assembled = settings.outputAction === "append_row" ? assembleRows(context, partial) : null;
  assembleFiles(iteratePieces(context.db), { partial, folder, staged: paths.files, rule: settings.onConflict });
  syncFolder(dirname(partial));
  const rows =
    assembled === null
      ? null
      : { path: toStoredPath(paths.folder, joinPath(folder, settings.outputFileName)), ...assembled };
  return record(context, { ...publication, step: "placing", rows });
}

/** Gives everything its name, then records that it is done; the job folder's own copies go last. */
function place(context: PublishContext, publication: Publication): Publication {
  const { paths, files, settings } = context;
  const partial = fromStoredPath(paths.folder, publication.partial!);
  const folder = fromStoredPath(paths.folder, publication.folder!);
  if (!renameWhole(partial, folder)) placeFiles(context, partial, folder, publication.previous ?? null);
  const done = context.transact(() => {
    files.markPublished(settings.onConflict);
    const now: Publication = {
      state: "done",
      folder: publication.folder!,
      rows: publication.rows ?? null,
      files: files.countPublished(),
    };
    context.job.writePublication(JSON.stringify(now));
    return now;
  });
  removeTree(paths.rows);
  removeTree(paths.files);
  return done;
}

/** The partial folder becomes the output folder when there is none; returns false when files have to be placed one by one. */
function renameWhole(partial: string, folder: string): boolean {
  if (lstatOrNull(folder) !== null) return false;
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (isSystemError(error, "ENOTEMPTY") || isSystemError(error, "EEXIST") || isSystemError(error, "ENOTDIR"))
      return false;
    throw error;
  }
  syncFolder(dirname(folder));
  return true;
}

function makeOutputFolder(path: string): void {
  makeFolder(path, 0o777);
}

function record(context: PublishContext, publication: Publication): Publication {
  context.transact(() => context.job.writePublication(JSON.stringify(publication)));
  return publication;
}
