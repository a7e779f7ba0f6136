import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { AttemptEntry } from "./ledger-types.ts";
import { toShownText } from "./sqlite.ts";

/** The table `failed_attempt`; a successful attempt is part of its result. */
export class AttemptTable {
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("INSERT INTO failed_attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }

  insert(entry: AttemptEntry): void {
    this.#insert.run(
      entry.miniBatch,
      entry.attempt,
      Number(entry.outcome === "lost"),
      entry.reason,
      entry.worker,
      entry.startedUs,
      entry.runUs,
      entry.cpuUs,
      entry.maxRss,
      entry.logStart,
      entry.logEnd,
      toShownText(entry.error),
    );
  }
}

const timing = "worker, started_us, run_us, cpu_us, max_rss, log_start, log_end";

/** All attempts of a mini-batch, the successful one included, by number. */
export function readAttempts(db: DatabaseSync, miniBatch: number): AttemptEntry[] {
  return db
    .prepare(
      `SELECT mini_batch, attempt, lost, reason, ${timing}, error FROM failed_attempt WHERE mini_batch = ?1
       UNION ALL
       SELECT mini_batch, attempt, 2, NULL, ${timing}, NULL FROM result
       WHERE first_item = (SELECT first_item FROM mini_batch WHERE id = ?1) AND mini_batch = ?1
       ORDER BY attempt`,
    )
    .all(miniBatch)
    .map(toAttempt);
}

function toAttempt(row: Record<string, SQLOutputValue>): AttemptEntry {
  return {
    miniBatch: Number(row.mini_batch),
    attempt: Number(row.attempt),
    outcome: row.lost === 2 ? "succeeded" : row.lost === 1 ? "lost" : "failed",
    reason: row.reason as string | null,
    worker: Number(row.worker),
    startedUs: Number(row.started_us),
    runUs: Number(row.run_us),
    cpuUs: Number(row.cpu_us),
    maxRss: Number(row.max_rss),
    logStart: Number(row.log_start),
    logEnd: Number(row.log_end),
    error: row.error as string | null,
  };
}
