/** The rows file on its way out of the job folder and back. */

import { chmodSync, closeSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import {
  joinPath,
  lstatOrNull,
  partialPath,
  privateFileMode,
  syncData,
  syncFile,
  syncFolder,
  writeAll,
} from "../storage/durable.ts";
import type { JobPaths } from "../storage/job-paths.ts";
import { showPath, toNativePath } from "../storage/path-bytes.ts";
import { readExtents } from "./extent-reader.ts";
import { addChunk, noBytes, readSum, type Sum } from "./file-sum.ts";
import { readChunks } from "./group-preparation.ts";
import type { PublishedRows } from "./publication.ts";
import type { PublishContext } from "./publish-context.ts";
import { iterateExtents, layInOrder } from "./result-table.ts";
import { encodeHeader } from "./rows-append.ts";
import { makeDamagedError } from "./sqlite.ts";

/** Makes the output file in the partial folder: by a rename when rows lie in order on the same file system, else by a checked copy. */
export function assembleRows(context: PublishContext, partial: string): Sum {
  const { paths, settings, totals } = context;
  const target = joinPath(partial, settings.outputFileName);
  // Made under its name only when whole: an interrupted assembly had it ready.
  if (lstatOrNull(target) !== null) {
    if (lstatOrNull(paths.rows) === null) assertCrc(context, target);
    return readSum(target);
  }
  const { columns, headerBytes, rowsEnd, rowsCrc } = totals;
  assertLength(paths.rows, rowsEnd);
  const header =
    settings.outputFormat === "csv" && columns !== null && headerBytes === 0 ? encodeHeader(columns) : null;
  if (totals.rowsInOrder && header === null) {
    // Whoever wrote the rows in this very run of the driver has them right; after a crash they are read again.
    if (context.epoch > 1) {
      assertCrc(context, paths.rows);
      if (!layInOrder(context.db))
        throw makeDamagedError(
          "publishing results",
          paths.ledger,
          "it says that the rows lie in order, and they do not",
        );
    }
    if (moveRows(paths.rows, target)) return { bytes: rowsEnd, crc: rowsCrc };
  }
  return copyRows(context, target, header);
}

/** Copies the published rows file back as the rows file of the job, checked; it stays where it is. */
export function copyRowsBack(from: string, published: PublishedRows, paths: JobPaths): void {
  const found = lstatOrNull(from);
  const copy = partialPath(paths.rows);
  const { bytes, crc } = found === null ? noBytes : writeDurably(copy, privateFileMode, readChunks(from));
  if (found === null || bytes !== published.bytes || crc !== published.crc) {
    const is = found === null ? "it is gone" : `it has ${bytes} bytes and CRC ${crc}`;
    throw new BatchwiseError(
      "output_changed",
      `taking published rows back: ${showPath(from)} had ${published.bytes} bytes and CRC ${published.crc} when it was published, now ${is}`,
      { hint: "put the file back as it was published, or start the job anew under another name" },
    );
  }
  renameSync(copy, paths.rows);
  syncFolder(dirname(paths.rows));
}

function moveRows(from: string, to: string): boolean {
  try {
    // What is published is for others to read as the user's mask allows; inside the job folder it was not.
    chmodSync(from, 0o666 & ~process.umask());
    syncFile(from);
    renameSync(from, to);
  } catch (error) {
    if (isSystemError(error, "EXDEV")) return false;
    throw error;
  }
  syncFolder(dirname(to));
  syncFolder(dirname(from));
  return true;
}

/** `header` is null when the rows file begins with it already, or when there is none. */
function copyRows(context: PublishContext, target: string, header: Uint8Array | null): Sum {
  const partial = partialPath(target);
  const sum = writeDurably(partial, 0o666, readRows(context, header));
  const wanted = context.totals.rowsEnd + (header?.byteLength ?? 0);
  if (sum.bytes !== wanted) {
    throw makeDamagedError(
      "publishing results",
      context.paths.ledger,
      `its extents make ${sum.bytes} bytes of rows, where ${wanted} were committed`,
    );
  }
  renameSync(partial, target);
  syncFolder(dirname(target));
  return sum;
}

/** The header and the rows in input order, each mini-batch's checked. */
function* readRows({ db, paths, totals }: PublishContext, header: Uint8Array | null): Generator<Uint8Array> {
  if (header !== null) yield header;
  yield* readChunks(paths.rows, 0, totals.headerBytes);
  yield* readExtents(paths.rows, iterateExtents(db));
}

/** Throws `rows_damaged` when the rows file is not, byte for byte, what was committed. */
function assertCrc(context: PublishContext, path: string): void {
  const { db, totals } = context;
  const { bytes, crc } = readSum(path);
  if (bytes === totals.rowsEnd && crc === totals.rowsCrc) return;
  for (const _chunk of readExtents(path, iterateExtents(db))) {
    // Reading is what finds the mini-batch; the error of the reader names it.
  }
  throw new BatchwiseError(
    "rows_damaged",
    `publishing results: ${path} has ${bytes} bytes with CRC ${crc}, committed were ${totals.rowsEnd} with CRC ${totals.rowsCrc}`,
    {
      hint: "something changed the file since: restore the job folder from a copy, or start the job anew under another name",
    },
  );
}

/** Throws unless the rows file still has its committed length. */
function assertLength(path: string, committed: number): void {
  const found = lstatOrNull(path)?.size ?? null;
  if (found === committed) return;
  throw new BatchwiseError(
    "rows_file_changed",
    `publishing results: ${path} ${found === null ? "is missing" : `has ${found} bytes`}, where the ledger has ${committed} committed bytes`,
    { hint: "something else than this job changed the file: restore it from a copy, or start the job anew" },
  );
}

/** Writes a file from its beginning and syncs it, and sums up what it wrote; the name is not durable yet. */
function writeDurably(path: string, mode: number, chunks: Iterable<Uint8Array>): Sum {
  const descriptor = openSync(toNativePath(path), "w", mode);
  try {
    let sum = noBytes;
    for (const chunk of chunks) {
      writeAll(descriptor, chunk);
      sum = addChunk(sum, chunk);
    }
    syncData(descriptor, path);
    return sum;
  } finally {
    closeSync(descriptor);
  }
}
