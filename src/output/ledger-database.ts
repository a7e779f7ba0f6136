import { chmodSync, existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { lstatOrNull } from "../storage/durable.ts";
import type { JobPaths } from "../storage/job-paths.ts";
import { wasClosedInOrder } from "./job-table.ts";
import { checkVersion, migrate } from "./ledger-schema.ts";
import { takeLedgerSum } from "./ledger-sum.ts";
import { describeSqliteError, makeDamagedError } from "./sqlite.ts";

/** How long a writer waits for another process that holds the file, for example a copy being made. */
const busyMs = 5_000;

/**
 * Page size and cache: measured with 100,000 mini-batches in groups of 1,000; 4, 8, 16 and 32 KiB pages lie within 15 %, and a larger cache gains
 * nothing since the tables are appended to.
 */
const pageBytes = 8192;
const cacheKiB = 4096;
const checkpointBytes = 16 << 20;

/**
 * Opens ledger.sqlite for writing; the schema is brought up to date and, when the last writer did not close it, the file is checked. A creation that
 * was interrupted is carried on, which is why a missing file is no fault as long as there are no rows.
 */
export function openForWriting(paths: JobPaths, create: boolean): DatabaseSync {
  const path = paths.ledger;
  const doing = create ? "creating the ledger" : "opening the ledger";
  if (!create && !existsSync(path) && hasContent(paths.rows))
    throw makeDamagedError(doing, path, "the file is missing");
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { timeout: busyMs });
    const version = checkVersion(db, path);
    if (create && version > 0) {
      throw new BatchwiseError("job_exists", `${doing}: ${path} exists already`, { hint: "choose another --name" });
    }
    if (version === 0) {
      if (hasContent(paths.rows)) throw makeDamagedError(doing, path, "it is empty");
      // SQLite gives the WAL beside it the same mode.
      chmodSync(path, 0o600);
      db.exec(`PRAGMA page_size = ${pageBytes}`);
    }
    // WAL: readers see the last commit while the driver writes. FULL: a commit is on the disk when it returns.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${cacheKiB};
      PRAGMA wal_autocheckpoint = ${checkpointBytes / pageBytes}; PRAGMA journal_size_limit = ${checkpointBytes};
      PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF`);
    if (version > 0) takeLedgerSum(path, doing);
    if (version > 0 && !wasClosedInOrder(db)) checkIntegrity(db, path);
    migrate(db, path);
    return db;
  } catch (error) {
    closeQuietly(db);
    throw describeSqliteError(error, doing, path);
  }
}

/** Reads every page; throws `ledger_damaged` naming the first fault. */
export function checkIntegrity(db: DatabaseSync, path: string): void {
  const found = db.prepare("PRAGMA quick_check(1)").get();
  const text = String(Object.values(found ?? { nothing: "no answer" })[0]);
  if (text !== "ok") throw makeDamagedError("checking the ledger after a crash", path, text);
}

function hasContent(path: string): boolean {
  return (lstatOrNull(path)?.size ?? 0) > 0;
}

function closeQuietly(db: DatabaseSync | null): void {
  try {
    db?.close();
  } catch {
    // The error that led here says more.
  }
}
