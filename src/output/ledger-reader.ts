/**
 * Looks into a ledger from another process, or on another machine: while the driver writes, after a crash, in a folder that may not be written to.
 * It changes nothing that counts: SQLite may leave an empty log and its index beside the ledger, which any later opening takes away.
 */

import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { decodeItems } from "../storage/item-payload.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { readAttempts } from "./attempt-table.ts";
import { iteratePieces } from "./file-table.ts";
import { type JobStatusRecord, readEpoch, readPublicationText, readStatus, readTotals, toCounts } from "./job-table.ts";
import { checkVersion } from "./ledger-schema.ts";
import type { AttemptEntry, LedgerCounts, MiniBatchRecord, PublishedOutput, UnscoredItem } from "./ledger-types.ts";
import { iteratePayloads, readMiniBatch } from "./mini-batch-table.ts";
import { parsePublication, toPublishedOutput } from "./publication.ts";
import { readRunUs } from "./result-table.ts";
import { describeSqliteError, makeDamagedError } from "./sqlite.ts";
import { iterateUnscored } from "./unscored-table.ts";

const busyMs = 5_000;

export class LedgerReader {
  readonly #db: DatabaseSync;
  readonly #folder: string;
  readonly #path: string;
  readonly #copy: string | null;

  private constructor(db: DatabaseSync, folder: string, path: string, copy: string | null) {
    this.#db = db;
    this.#folder = folder;
    this.#path = path;
    this.#copy = copy;
  }

  /** Opens the ledger of a job folder for reading. */
  static open(folder: string): LedgerReader {
    const path = jobPaths(folder).ledger;
    if (!existsSync(path)) throw makeDamagedError("reading the ledger", path, "the file is missing");
    let copy: string | null = null;
    try {
      let db = tryOpen(path);
      if (db === null && hasWal(path)) {
        copy = copyLedger(path);
        db = openChecked(join(copy, "ledger.sqlite"), path);
      }
      return new LedgerReader(db ?? openImmutable(path), folder, path, copy);
    } catch (error) {
      if (copy !== null) rmSync(copy, { recursive: true, force: true });
      throw describeSqliteError(error, "reading the ledger", path);
    }
  }

  /** The same for a job that may only be on its way to a ledger: null before the ledger has its tables. */
  static openIfBegun(folder: string): LedgerReader | null {
    if (!existsSync(jobPaths(folder).ledger)) return null;
    const reader = LedgerReader.open(folder);
    if (reader.#read(() => checkVersion(reader.#db, reader.#path)) > 0) return reader;
    reader.close();
    return null;
  }

  counts(): LedgerCounts {
    return this.#read(() => toCounts(readTotals(this.#db)));
  }

  status(): JobStatusRecord & { readonly epoch: number } {
    return this.#read(() => ({ ...readStatus(this.#db), epoch: readEpoch(this.#db) }));
  }

  /** Where the results are, or null as long as they are not published. */
  published(): PublishedOutput | null {
    return this.#read(() => toPublishedOutput(parsePublication(readPublicationText(this.#db)), this.#folder));
  }

  /** Items that ended as failed or skipped, in the order of their recording. */
  *unscoredItems(): Generator<UnscoredItem> {
    try {
      yield* iterateUnscored(this.#db);
    } catch (error) {
      throw describeSqliteError(error, "reading the ledger", this.#path);
    }
  }

  /** Files that the script has written and that are part of the output: paths relative to the output folder. */
  *scriptFiles(): Generator<string> {
    try {
      for (const pieces of iteratePieces(this.#db)) yield pieces[0]!.path;
    } catch (error) {
      throw describeSqliteError(error, "reading the ledger", this.#path);
    }
  }

  /** All attempts of a mini-batch, by number. */
  attempts(miniBatch: number): AttemptEntry[] {
    return this.#read(() => readAttempts(this.#db, miniBatch));
  }

  /** A mini-batch, or null when the job has none of this id. */
  miniBatch(id: number): MiniBatchRecord | null {
    return this.#read(() => readMiniBatch(this.#db, id));
  }

  /** The items of a mini-batch as the wire carries them, with their CRC checked; null when there is none of this id. */
  payload(id: number): Uint8Array | null {
    return this.#read(() => {
      for (const found of iteratePayloads(this.#db, id)) return found.payload;
      return null;
    });
  }

  /** The mini-batches that an item (absolute path) is in: the planned one first, then the parts that it was moved to. */
  miniBatchesOf(path: string): MiniBatchRecord[] {
    const name = path.slice(path.lastIndexOf("/") + 1);
    // Parsing every payload would take seconds in a large job; the name as JSON has it is found in a few bytes first.
    const needle = Buffer.from(JSON.stringify(name).slice(1, -1));
    return this.#read(() => {
      const found: MiniBatchRecord[] = [];
      for (const { payload, ...record } of iteratePayloads(this.#db)) {
        if (!Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes(needle)) continue;
        if (decodeItems(payload).some((item) => item.folder + item.name === path)) found.push(record);
      }
      return found;
    });
  }

  /** Sum of the run() times of all attempts, microseconds. */
  runUs(): number {
    return this.#read(() => readRunUs(this.#db));
  }

  close(): void {
    this.#db.close();
    if (this.#copy !== null) rmSync(this.#copy, { recursive: true, force: true });
  }

  #read<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw describeSqliteError(error, "reading the ledger", this.#path);
    }
  }
}

/** The usual way; null when the folder does not let SQLite make the files that reading needs. */
function tryOpen(path: string): DatabaseSync | null {
  try {
    return openChecked(path, path);
  } catch (error) {
    const cannotOpen = 14;
    const readOnly = 8;
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
    if (code === cannotOpen || code === readOnly) return null;
    throw error;
  }
}

function openChecked(path: string | URL, shown: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    checkVersion(db, shown);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Reads the file alone, without locks: right only when no writer can be there and no commits lie in a log beside it. */
function openImmutable(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return openChecked(url, path);
}

/** True when commits may lie beside the file. */
function hasWal(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Copies ledger and log to where they may be opened: a job folder that was copied while its job ran, to a place that is read-only. */
function copyLedger(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-ledger-"));
  copyFileSync(path, join(folder, "ledger.sqlite"));
  copyFileSync(`${path}-wal`, join(folder, "ledger.sqlite-wal"));
  return folder;
}
