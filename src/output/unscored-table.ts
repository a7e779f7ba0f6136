import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { UnscoredItem } from "./ledger-types.ts";
import { stateQuarantined } from "./mini-batch-table.ts";
import { fromSqlTextOrNull, toShownText, toSqlText } from "./sqlite.ts";

/** The tables `unscored` and `failure`: items that ended as failed or skipped, and why. */
export class UnscoredTable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertFailure: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      `INSERT INTO unscored (path, outcome, reason, count, mini_batch, attempts, failure, worker, log_start, log_end)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertFailure = db.prepare("INSERT INTO failure (error_type, message, traceback) VALUES (?, ?, ?)");
  }

  /** Inserts entries; those that follow each other with the same error share it, as the items of a quarantined mini-batch do. */
  insertAll(items: readonly UnscoredItem[]): void {
    let last: UnscoredItem | null = null;
    let failure: number | bigint | null = null;
    for (const item of items) {
      if (last === null || !hasSameError(last, item)) failure = this.#addFailure(item);
      last = item;
      this.#insert.run(
        item.path === null ? null : toSqlText(item.path),
        item.outcome,
        item.reason,
        item.count,
        item.miniBatch,
        item.attempts,
        failure,
        item.worker,
        item.logStart,
        item.logEnd,
      );
    }
  }

  /** Removes the entries of quarantined mini-batches; returns how many items they stood for, by outcome. */
  removeQuarantined(): { failed: number; skipped: number } {
    const where = `mini_batch IN (SELECT id FROM mini_batch WHERE state = ${stateQuarantined})`;
    const removed = { failed: 0, skipped: 0 };
    const sums = this.#db.prepare(`SELECT outcome, sum(count) AS items FROM unscored WHERE ${where} GROUP BY outcome`);
    for (const row of sums.all()) removed[row.outcome as "failed" | "skipped"] = Number(row.items);
    this.#db.exec(`DELETE FROM unscored WHERE ${where};
      DELETE FROM failure WHERE id NOT IN (SELECT failure FROM unscored WHERE failure IS NOT NULL)`);
    return removed;
  }

  #addFailure(item: UnscoredItem): number | bigint | null {
    if (item.errorType === null && item.message === null && item.traceback === null) return null;
    const error = [item.errorType, item.message, item.traceback].map(toShownText);
    return this.#insertFailure.run(...error).lastInsertRowid;
  }
}

/** All entries in the order of their recording. */
export function* iterateUnscored(db: DatabaseSync): Generator<UnscoredItem> {
  const statement = db.prepare("SELECT u.*, f.* FROM unscored u LEFT JOIN failure f ON f.id = u.failure ORDER BY u.id");
  for (const row of statement.iterate()) {
    yield {
      path: fromSqlTextOrNull(row.path!),
      outcome: row.outcome as UnscoredItem["outcome"],
      reason: row.reason as string,
      count: Number(row.count),
      miniBatch: row.mini_batch as number | null,
      attempts: Number(row.attempts),
      errorType: row.error_type as string | null,
      message: row.message as string | null,
      traceback: row.traceback as string | null,
      worker: row.worker as number | null,
      logStart: row.log_start as number | null,
      logEnd: row.log_end as number | null,
    };
  }
}

function hasSameError(a: UnscoredItem, b: UnscoredItem): boolean {
  return a.errorType === b.errorType && a.message === b.message && a.traceback === b.traceback;
}
