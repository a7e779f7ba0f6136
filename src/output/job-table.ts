import type { DatabaseSync, StatementSync } from "node:sqlite";
import { firstPartId, type JobStatus, type LedgerCounts, type LedgerGroup } from "./ledger-types.ts";

/** The numbers of the table `job` that change with each group. */
export interface JobTotals {
  cursor: string | null;
  planComplete: boolean;
  plannedItems: number;
  rejected: number;
  scored: number;
  failed: number;
  skipped: number;
  rows: number;
  miniBatches: number;
  committed: number;
  quarantined: number;
  /** JSON of the column names. */
  columns: string | null;
  headerBytes: number;
  rowsEnd: number;
  rowsCrc: number;
  rowsInOrder: boolean;
  lastFirstItem: number;
}

export interface JobStatusRecord {
  readonly status: JobStatus;
  readonly message: string | null;
  /** Wall clock, milliseconds since 1970; 0 before the first change. */
  readonly atMs: number;
}

/** The table `job`: one row. */
export class JobTable {
  readonly #db: DatabaseSync;
  readonly #update: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#update = db.prepare(`UPDATE job SET
      cursor = ?, plan_complete = ?, planned_items = ?, rejected = ?, scored = ?, failed = ?, skipped = ?, rows = ?, mini_batches = ?,
      committed = ?, quarantined = ?, columns = ?, header_bytes = ?, rows_end = ?, rows_crc = ?, rows_in_order = ?, last_first_item = ?`);
  }

  writeTotals(totals: JobTotals): void {
    this.#update.run(
      totals.cursor,
      Number(totals.planComplete),
      totals.plannedItems,
      totals.rejected,
      totals.scored,
      totals.failed,
      totals.skipped,
      totals.rows,
      totals.miniBatches,
      totals.committed,
      totals.quarantined,
      totals.columns,
      totals.headerBytes,
      totals.rowsEnd,
      totals.rowsCrc,
      Number(totals.rowsInOrder),
      totals.lastFirstItem,
    );
  }

  /** Marks the ledger as open for writing and raises the epoch; `wasClean` tells how the last writer ended. */
  begin(): { epoch: number; wasClean: boolean } {
    const row = this.#db.prepare("SELECT epoch, clean FROM job").get()!;
    const epoch = Number(row.epoch) + 1;
    this.#db.prepare("UPDATE job SET epoch = ?, clean = 0").run(epoch);
    return { epoch, wasClean: row.clean === 1 };
  }

  /** Marks the ledger as closed in order. */
  end(): void {
    this.#db.exec("UPDATE job SET clean = 1");
  }

  readPublication(): string | null {
    return readPublicationText(this.#db);
  }

  writePublication(json: string | null): void {
    this.#db.prepare("UPDATE job SET publication = ?").run(json);
  }

  writeStatus(status: JobStatus, message: string | null): void {
    this.#db
      .prepare("UPDATE job SET status = ?, message = ?, status_at_ms = ?")
      .run(status, message?.toWellFormed() ?? null, Date.now());
  }
}

export function wasClosedInOrder(db: DatabaseSync): boolean {
  return db.prepare("SELECT clean FROM job").get()?.clean === 1;
}

export function readTotals(db: DatabaseSync): JobTotals {
  const row = db.prepare("SELECT * FROM job").get()!;
  return {
    cursor: row.cursor as string | null,
    planComplete: row.plan_complete === 1,
    plannedItems: Number(row.planned_items),
    rejected: Number(row.rejected),
    scored: Number(row.scored),
    failed: Number(row.failed),
    skipped: Number(row.skipped),
    rows: Number(row.rows),
    miniBatches: Number(row.mini_batches),
    committed: Number(row.committed),
    quarantined: Number(row.quarantined),
    columns: row.columns as string | null,
    headerBytes: Number(row.header_bytes),
    rowsEnd: Number(row.rows_end),
    rowsCrc: Number(row.rows_crc),
    rowsInOrder: row.rows_in_order === 1,
    lastFirstItem: Number(row.last_first_item),
  };
}

export function toCounts(totals: JobTotals): LedgerCounts {
  return {
    listed: totals.plannedItems + totals.rejected,
    scored: totals.scored,
    failed: totals.failed,
    skipped: totals.skipped,
    rows: totals.rows,
    rowsBytes: totals.rowsEnd - totals.headerBytes,
    miniBatches: totals.miniBatches,
    miniBatchesDone: totals.committed + totals.quarantined,
    planComplete: totals.planComplete,
  };
}

export function readStatus(db: DatabaseSync): JobStatusRecord {
  const row = db.prepare("SELECT status, message, status_at_ms FROM job").get()!;
  return { status: row.status as JobStatus, message: row.message as string | null, atMs: Number(row.status_at_ms) };
}

export function readEpoch(db: DatabaseSync): number {
  return Number(db.prepare("SELECT epoch FROM job").get()!.epoch);
}

export function readPublicationText(db: DatabaseSync): string | null {
  return db.prepare("SELECT publication FROM job").get()!.publication as string | null;
}

/** The account with a group added to it. */
export function addToTotals(before: JobTotals, group: LedgerGroup): JobTotals {
  const totals = { ...before };
  for (const entry of group.plan) if (entry.id < firstPartId) totals.plannedItems += entry.items;
  for (const result of group.results) {
    totals.scored += result.scored;
    totals.rows += result.rowCount;
  }
  for (const item of group.unscored) {
    totals[item.outcome] += item.count;
    if (item.miniBatch === null) totals.rejected += item.count;
  }
  totals.miniBatches += group.plan.length - group.replaced.length;
  totals.committed += group.results.length;
  totals.quarantined += group.quarantined.length;
  totals.cursor = group.cursor ?? totals.cursor;
  totals.planComplete ||= group.planComplete;
  return totals;
}
