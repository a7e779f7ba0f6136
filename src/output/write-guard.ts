import type { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { describeStorageError, SyncError } from "../storage/storage-errors.ts";
import { describeSqliteError, isRefusal, sqliteCode } from "./sqlite.ts";

/** Runs everything that writes: undoes what failed, and lets nobody write any more once it is unknown what the disk holds. */
export class WriteGuard {
  readonly #db: DatabaseSync;
  readonly #ledgerPath: string;
  #broken: unknown = null;

  constructor(db: DatabaseSync, ledgerPath: string) {
    this.#db = db;
    this.#ledgerPath = ledgerPath;
  }

  get isBroken(): boolean {
    return this.#broken !== null;
  }

  /** Throws the error that broke the ledger, if one did. */
  assertUsable(): void {
    if (this.#broken !== null) throw this.#broken;
  }

  /**
   * Runs `body`. When it throws, `undo` is run from its end and the error comes out in words; `doing` says during what, `path` and `bytes` what
   * was to be written. After a failed sync, an I/O error of SQLite or an undo that failed the ledger is broken.
   */
  run<T>(doing: string, path: string, body: () => T, undo: (() => void)[] = [], bytes = 0): T {
    this.assertUsable();
    try {
      return body();
    } catch (error) {
      const described = describeSqliteError(describeStorageError(error, doing, path, bytes), doing, this.#ledgerPath);
      if (!leavesDoubt(error) && runBackwards(undo)) throw described;
      this.#broken = makeFinal(described);
      throw this.#broken;
    }
  }

  /** Runs `body`, which only reads, in one transaction: each query alone would take and give back the locks, 2 µs every time. */
  read<T>(doing: string, body: () => T): T {
    return this.run(doing, this.#ledgerPath, () => {
      this.#db.exec("BEGIN");
      try {
        return body();
      } finally {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      }
    });
  }

  /** Runs `body` in one transaction. */
  transact<T>(doing: string, body: () => T, undo: (() => void)[] = []): T {
    return this.run(doing, this.#ledgerPath, () => this.#inTransaction(body), undo);
  }

  #inTransaction<T>(body: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const value = body();
      this.#db.exec("COMMIT");
      return value;
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** A full disk may be tried again only while the ledger is whole: once it is broken the driver must end and open it anew, or it would wait for ever. */
function makeFinal(error: unknown): unknown {
  if (!(error instanceof BatchwiseError) || error.code !== "disk_full") return error;
  return new BatchwiseError("storage_failed", `${error.message}, and what was written could not be taken back`, {
    hint: "make space there, then resume the job: nothing that was committed is lost",
    cause: error,
  });
}

/** True when what is on the disk may be the state before or the state after. */
function leavesDoubt(error: unknown): boolean {
  return error instanceof SyncError || (sqliteCode(error) !== null && !isRefusal(error));
}

function runBackwards(undo: (() => void)[]): boolean {
  try {
    for (const step of undo.reverse()) step();
    return true;
  } catch {
    return false;
  }
}
