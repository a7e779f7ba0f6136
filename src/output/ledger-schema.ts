/**
 * Schema of ledger.sqlite, by numbered steps. A step that has been released is not edited; a change is a further step. A step runs in one
 * transaction with the raising of `user_version`, so that a crash in the middle leaves the schema of before.
 */

import type { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { readNumber } from "./sqlite.ts";

/** "BtWs": tells a ledger from any other SQLite file. */
const applicationId = 0x42745773;

const migrations: readonly string[] = [
  /* 1 */ `
  -- One row: the running account of the job. Every group of the driver updates it in the same transaction as the records it counts.
  CREATE TABLE job (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL DEFAULT 0,         -- raised by each opening for writing
    clean INTEGER NOT NULL DEFAULT 1,         -- 0 while open for writing: the next opening checks the file
    status TEXT NOT NULL DEFAULT 'NotStarted',
    message TEXT,
    status_at_ms INTEGER NOT NULL DEFAULT 0,
    cursor TEXT,
    plan_complete INTEGER NOT NULL DEFAULT 0,
    planned_items INTEGER NOT NULL DEFAULT 0, -- those of mini-batches without parent
    rejected INTEGER NOT NULL DEFAULT 0,      -- unscored entries without mini-batch
    scored INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    rows INTEGER NOT NULL DEFAULT 0,
    mini_batches INTEGER NOT NULL DEFAULT 0,  -- not replaced
    committed INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    columns TEXT,                             -- JSON, of the csv header
    header_bytes INTEGER NOT NULL DEFAULT 0,  -- length of the header at the start of the rows file
    rows_end INTEGER NOT NULL DEFAULT 0,      -- committed length of the rows file, header included
    rows_crc INTEGER NOT NULL DEFAULT 0,      -- CRC-32 of that many bytes
    rows_in_order INTEGER NOT NULL DEFAULT 1, -- extents lie in input order
    last_first_item INTEGER NOT NULL DEFAULT -1,
    publication TEXT                          -- JSON, see publication.ts
  );
  INSERT INTO job (id) VALUES (1);

  -- The plan. The payload comes last: a scan for anything else reads past it without looking.
  CREATE TABLE mini_batch (
    id INTEGER PRIMARY KEY,
    first_item INTEGER NOT NULL,
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    parent INTEGER,
    state INTEGER NOT NULL DEFAULT 0,         -- 0 pending or committed (then it has a result), 1 quarantined, 2 replaced by its parts
    forgiven INTEGER NOT NULL DEFAULT 0,      -- attempts up to this number do not count any more
    crc INTEGER NOT NULL,
    payload BLOB NOT NULL
  );

  -- One row for each committed mini-batch, with its attempt. The key is the place in input order: a scan of the table is the order of the output,
  -- and nothing can be committed twice.
  CREATE TABLE result (
    first_item INTEGER PRIMARY KEY,
    mini_batch INTEGER NOT NULL,
    items INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    row_offset INTEGER NOT NULL,              -- extent in the rows file
    row_bytes INTEGER NOT NULL,
    rows_crc INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    elements INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    worker INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    run_us INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL,
    max_rss INTEGER NOT NULL,
    log_start INTEGER NOT NULL,
    log_end INTEGER NOT NULL
  );

  -- Attempts that failed or were lost.
  CREATE TABLE failed_attempt (
    mini_batch INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    reason TEXT,
    worker INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    run_us INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL,
    max_rss INTEGER NOT NULL,
    log_start INTEGER NOT NULL,
    log_end INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (mini_batch, attempt)
  ) WITHOUT ROWID;

  -- Items that ended as failed or skipped; what they have in common is kept once.
  CREATE TABLE failure (
    id INTEGER PRIMARY KEY,
    error_type TEXT,
    message TEXT,
    traceback TEXT
  );
  CREATE TABLE unscored (
    id INTEGER PRIMARY KEY,
    path,                                     -- text, or a blob of its bytes when they are not UTF-8
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    mini_batch INTEGER,
    attempts INTEGER NOT NULL,
    failure INTEGER,
    worker INTEGER,
    log_start INTEGER,
    log_end INTEGER
  );

  -- Files that the script wrote, by relative path and input order. 'published': where the piece begins in the published file, -1 when it is not
  -- in it (conflict rule 'last'), null as long as it lies below files/.
  CREATE TABLE file (
    path NOT NULL,
    first_item INTEGER NOT NULL,
    mini_batch INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    published INTEGER,
    PRIMARY KEY (path, first_item)
  ) WITHOUT ROWID;
  `,
];

/** Brings the schema up to date. Throws `ledger_newer` or `ledger_damaged` when the file is not what this program can write. */
export function migrate(db: DatabaseSync, path: string, steps: readonly string[] = migrations): void {
  const version = checkVersion(db, path, steps.length);
  for (let next = version; next < steps.length; next++) {
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(steps[next]!);
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${next + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** The schema's version, checked: 0 for an empty file. */
export function checkVersion(db: DatabaseSync, path: string, known = migrations.length): number {
  const version = readNumber(db, "PRAGMA user_version");
  const application = readNumber(db, "PRAGMA application_id");
  const tables = readNumber(db, "SELECT count(*) FROM sqlite_schema");
  if (version === 0 && application === 0 && tables === 0) return 0;
  if (application !== applicationId || version < 1) {
    throw new BatchwiseError("ledger_damaged", `opening ${path}: it is a SQLite file, but not the ledger of a job`, {
      hint: "restore the job folder from a copy, or start the job anew under another name",
    });
  }
  if (version > known) {
    throw new BatchwiseError(
      "ledger_newer",
      `opening ${path}: its schema has version ${version}, this Batchwise knows versions up to ${known}`,
      { hint: "update Batchwise, or use the version that made the job" },
    );
  }
  return version;
}
