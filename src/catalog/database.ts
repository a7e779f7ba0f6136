/**
 * Opens `catalog.sqlite`, for any number of processes at once: write-ahead log, a long wait for other writers, and migrations as numbered files which the
 * first process that needs them carries out in one transaction. `PRAGMA user_version` holds the number of the last one.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { makeFolder } from "../storage/durable.ts";

/** How long a writer waits for others. A thousand processes that each write for a millisecond fit into it many times. */
const busyMs = 60_000;

const migrationFolder = join(import.meta.dirname, "migrations");

/** Opens the catalog and brings its schema up to date. Throws `catalog_newer`, `catalog_locked` or `catalog_damaged`. */
export function openDatabase(home: string, path: string): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    makeFolder(home);
    db = new DatabaseSync(path, { timeout: busyMs });
    useWriteAheadLog(db);
    db.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF");
    migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    throw describeCatalogError(error, path);
  }
}

/** SQLite gives up at once, without waiting, when two processes change the journal's mode together. */
function useWriteAheadLog(db: DatabaseSync): void {
  const giveUpAt = Date.now() + busyMs;
  for (;;) {
    try {
      const mode = db.prepare("PRAGMA journal_mode").get();
      if (mode?.journal_mode !== "wal") db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > giveUpAt) throw error;
      waitMs(2 + Math.random() * 10);
    }
  }
}

interface Migration {
  readonly number: number;
  readonly file: string;
}

/** The migrations of this program, in order: `0001-catalog.sql` and so on. */
function listMigrations(): Migration[] {
  return readdirSync(migrationFolder)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .sort()
    .map((file) => ({ number: Number(file.slice(0, 4)), file }));
}

function migrate(db: DatabaseSync, path: string): void {
  const migrations = listMigrations();
  const newest = migrations.at(-1)?.number ?? 0;
  const found = readVersion(db);
  if (found > newest) {
    throw new BatchwiseError(
      "catalog_newer",
      `opening the catalog: ${path} has schema ${found}, and this Batchwise knows up to ${newest}`,
      { hint: "use the Batchwise that wrote it or a newer one, or another home folder (--home, BATCHWISE_HOME)" },
    );
  }
  if (found === newest) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have been first.
    const current = readVersion(db);
    for (const { number, file } of migrations) {
      if (number <= current) continue;
      db.exec(readFileSync(join(migrationFolder, file), "utf8"));
      db.exec(`PRAGMA user_version = ${number}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

function readVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/** Turns an error of SQLite or of the file system into one for the user; others pass through. */
export function describeCatalogError(error: unknown, path: string): unknown {
  if (error instanceof BatchwiseError) return error;
  const code = sqliteCodeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  if (code === null) {
    if (!isSystemError(error)) return error;
    return new BatchwiseError("storage_failed", `opening the catalog ${path}: ${said}`, {
      hint: "name a writable home folder with --home or BATCHWISE_HOME",
      cause: error,
    });
  }
  switch (code & 0xff) {
    case 5:
    case 6:
      return new BatchwiseError("catalog_locked", `another process holds ${path} and does not let go`, {
        hint: `find it with "fuser -v ${path}" and end it`,
        cause: error,
      });
    case 11:
    case 26:
      return new BatchwiseError("catalog_damaged", `the catalog ${path} is damaged: ${said}`, {
        hint: "restore it from a copy, or move it away: jobs and the content of models lie beside it, untouched",
        cause: error,
      });
    case 8:
    case 10:
    case 13:
    case 14:
      return new BatchwiseError("storage_failed", `the catalog ${path} cannot be read or written: ${said}`, {
        hint: "check the disk, its free space, the permissions and the mount of that path",
        cause: error,
      });
    default:
      return error;
  }
}

function sqliteCodeOf(error: unknown): number | null {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : null;
}

function isBusy(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code !== null && [5, 6].includes(code & 0xff);
}

/** Waits without an event loop: opening a catalog is synchronous. */
function waitMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
