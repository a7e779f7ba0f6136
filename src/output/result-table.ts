import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { AttemptEntry, ResultEntry } from "./ledger-types.ts";
import type { Place } from "./mini-batch-table.ts";

/** Rows of one mini-batch in the rows file. */
export interface Extent {
  readonly miniBatch: number;
  readonly offset: number;
  readonly bytes: number;
  readonly crc: number;
}

/** The table `result`: committed mini-batches in input order. */
export class ResultTable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare("INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }

  insert(place: Place, result: ResultEntry, attempt: AttemptEntry, offset: number): void {
    this.#insert.run(
      place.firstItem,
      result.miniBatch,
      place.items,
      result.attempt,
      offset,
      result.rowsBytes,
      result.rowsCrc,
      result.rowCount,
      result.elements,
      result.scored,
      result.failed,
      attempt.worker,
      attempt.startedUs,
      attempt.runUs,
      attempt.cpuUs,
      attempt.maxRss,
      attempt.logStart,
      attempt.logEnd,
    );
  }

  /** Sets every extent to where it lies once all are in input order behind a header of that many bytes. */
  layInOrder(headerBytes: number): void {
    // The sum has to be ready before the first row is changed: an UPDATE ... FROM materializes it.
    this.#db
      .prepare(
        `UPDATE result SET row_offset = placed.at FROM (
           SELECT first_item AS item, ? + sum(row_bytes) OVER (ORDER BY first_item) - row_bytes AS at FROM result
         ) AS placed WHERE placed.item = result.first_item`,
      )
      .run(headerBytes);
  }
}

/** Extents in input order; empty ones are left out. */
export function* iterateExtents(db: DatabaseSync): Generator<Extent> {
  const statement = db.prepare(
    "SELECT mini_batch, row_offset, row_bytes, rows_crc FROM result WHERE row_bytes > 0 ORDER BY first_item",
  );
  for (const row of statement.iterate()) {
    yield {
      miniBatch: Number(row.mini_batch),
      offset: Number(row.row_offset),
      bytes: Number(row.row_bytes),
      crc: Number(row.rows_crc),
    };
  }
}

/** True when the extents follow each other in input order. */
export function layInOrder(db: DatabaseSync): boolean {
  let end = 0;
  for (const { offset, bytes } of iterateExtents(db)) {
    if (offset < end) return false;
    end = offset + bytes;
  }
  return true;
}

/** Sum of run() times of all attempts, microseconds. */
export function readRunUs(db: DatabaseSync): number {
  const row = db
    .prepare(
      "SELECT (SELECT coalesce(sum(run_us), 0) FROM result) + (SELECT coalesce(sum(run_us), 0) FROM failed_attempt) AS us",
    )
    .get();
  return Number(row?.us ?? 0);
}
