/** Checks of a group before anything is written: a group that is refused here leaves no trace. */

import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { BatchwiseError } from "../errors.ts";
import { foldersOf } from "../storage/durable.ts";
import { showPath, toNativePath } from "../storage/path-bytes.ts";
import type { FileTable } from "./file-table.ts";
import type { AttemptEntry, LedgerGroup, OutputSettings, PlanEntry, ResultEntry } from "./ledger-types.ts";
import type { MiniBatchTable, Place } from "./mini-batch-table.ts";

/** A result with its place in the input and its attempt. */
export interface PreparedResult {
  readonly place: Place;
  readonly result: ResultEntry;
  readonly attempt: AttemptEntry;
}

/** Pairs the results of a group with their places and attempts, in input order. */
export function prepareResults(group: LedgerGroup, miniBatches: MiniBatchTable): PreparedResult[] {
  if (group.results.length === 0) return [];
  const attempts = new Map<number, AttemptEntry>();
  for (const attempt of group.attempts) if (attempt.outcome === "succeeded") attempts.set(attempt.miniBatch, attempt);
  let planned: Map<number, PlanEntry> | null = null;
  const prepared = group.results.map((result) => {
    const attempt = attempts.get(result.miniBatch);
    let place: Place | null | undefined = miniBatches.findPending(result.miniBatch);
    if (place === null) {
      planned ??= new Map(group.plan.map((entry) => [entry.id, entry]));
      place = planned.get(result.miniBatch);
    }
    if (place === undefined || attempt?.attempt !== result.attempt) {
      // The driver fences results by attempt; what gets here in spite of that must not get into the output.
      throw new BatchwiseError(
        "internal",
        `committing mini-batch ${result.miniBatch}, attempt ${result.attempt}: ${place === undefined ? "it is not pending" : "the group has no such attempt"}`,
      );
    }
    return { place, result, attempt };
  });
  if (attempts.size !== prepared.length) {
    throw new BatchwiseError(
      "internal",
      `a group has ${attempts.size} successful attempts, but ${prepared.length} results`,
    );
  }
  return prepared.sort((a, b) => a.place.firstItem - b.place.firstItem);
}

/** Returns the JSON of the columns of the job: those known, or those of the first result that has any. */
export function checkColumns(results: readonly PreparedResult[], known: string | null): string | null {
  let columns = known;
  let last: readonly string[] | null = null;
  for (const { result } of results) {
    if (result.columns === null || result.columns === last) continue;
    last = result.columns;
    const text = JSON.stringify(last);
    columns ??= text;
    if (text !== columns) {
      throw new BatchwiseError(
        "columns_differ",
        `mini-batch ${result.miniBatch} returned the columns ${text}, earlier ones ${columns}; one csv file needs the same columns in the same order`,
        { hint: "return the same columns from every run(), or use --output-format jsonl" },
      );
    }
  }
  return columns;
}

/** Throws `output_conflict` when a file of these results cannot stand beside those of other mini-batches. */
export function checkConflicts(results: readonly PreparedResult[], files: FileTable, settings: OutputSettings): void {
  const inGroup = new Map<string, number>();
  const foldersInGroup = new Map<string, number>();
  for (const { result } of results) {
    for (const [path] of result.files?.entries ?? []) {
      const mine = result.miniBatch;
      if (settings.outputAction === "append_row" && path.split("/", 1)[0] === settings.outputFileName) {
        throw makeConflict(path, `mini-batch ${mine} wrote it, and the returned rows go there`);
      }
      const owner = inGroup.get(path) ?? files.findOwner(path);
      if (owner !== null && settings.onConflict === "fail") {
        throw makeConflict(path, `mini-batch ${owner} and mini-batch ${mine} both wrote it`);
      }
      const clash = findClashInGroup(path, inGroup, foldersInGroup) ?? (owner === null ? files.findClash(path) : null);
      if (clash !== null) {
        throw makeConflict(
          path,
          `mini-batch ${mine} wrote it, mini-batch ${clash.miniBatch} wrote ${showPath(clash.path)}`,
        );
      }
      inGroup.set(path, mine);
      for (const folder of foldersOf(path)) foldersInGroup.set(folder, mine);
    }
  }
}

/** Checks rows against the CRC that the worker took. Rows in a spool file are read for it. */
export function checkRows(results: readonly PreparedResult[]): void {
  for (const { result } of results) {
    let bytes = 0;
    let crc = 0;
    const chunks = "bytes" in result.rows ? result.rows.bytes : readChunks(result.rows.spoolFile);
    for (const chunk of chunks) {
      bytes += chunk.byteLength;
      crc = crc32(chunk, crc);
    }
    if (bytes !== result.rowsBytes || crc !== result.rowsCrc) {
      throw new BatchwiseError(
        "rows_damaged",
        `committing mini-batch ${result.miniBatch}: its rows have ${bytes} bytes and CRC ${crc}, the worker sent ${result.rowsBytes} and ${result.rowsCrc}`,
        { hint: "check the memory and the disk of this machine, then resume the job" },
      );
    }
  }
}

/** The content of a file in chunks; each is only valid until the next. */
export function* readChunks(path: string, from = 0, bytes = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(4 << 20, bytes === 0 ? 1 : bytes));
  const descriptor = openSync(toNativePath(path), "r");
  try {
    for (let done = 0; done < bytes; ) {
      const read = readSync(descriptor, buffer, 0, Math.min(buffer.byteLength, bytes - done), from + done);
      if (read === 0) return;
      yield buffer.subarray(0, read);
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
}

function findClashInGroup(
  path: string,
  files: ReadonlyMap<string, number>,
  folders: ReadonlyMap<string, number>,
): { path: string; miniBatch: number } | null {
  const asFolder = folders.get(path);
  if (asFolder !== undefined) return { path: `${path}/…`, miniBatch: asFolder };
  for (const folder of foldersOf(path)) {
    const asFile = files.get(folder);
    if (asFile !== undefined) return { path: folder, miniBatch: asFile };
  }
  return null;
}

function makeConflict(path: string, what: string): BatchwiseError {
  return new BatchwiseError("output_conflict", `output file ${showPath(path)}: ${what}`, {
    hint: "give each mini-batch file names of its own, or choose --on-conflict concat or last",
  });
}
