/** The shapes that go into the ledger and come out of it. `src/output/ledger.ts` is the SQLite file, `ledger-thread.ts` the thread that owns it. */

import type { OnConflict, OutputFormat } from "../config/job-settings.ts";

export type JobStatus = "NotStarted" | "Preparing" | "Running" | "Finalizing" | "Completed" | "Failed" | "Canceled";

/** A mini-batch to add to the plan; the fields are those of PlannedMiniBatch in src/input/input.ts. */
export interface PlanEntry {
  readonly id: number;
  readonly firstItem: number;
  readonly items: number;
  readonly bytes: number;
  readonly payload: Uint8Array;
  readonly crc: number;
  /** Set on a half made by isolation, or on a part made by re-planning: the mini-batch that it comes from. */
  readonly parent?: number;
}

/** Rows of a result: in memory, or in a spool file when they were too many. */
export type RowsSource = { readonly bytes: readonly Uint8Array[] } | { readonly spoolFile: string };

/** One successful attempt, to be committed: its rows and files become part of the output with it. */
export interface ResultEntry {
  readonly miniBatch: number;
  readonly attempt: number;
  readonly rows: RowsSource;
  readonly rowsBytes: number;
  /** CRC-32 of the rows, computed by the worker. */
  readonly rowsCrc: number;
  readonly rowCount: number;
  /** Elements that run() returned. */
  readonly elements: number;
  readonly scored: number;
  readonly failed: number;
  /** Column names for `csv`, else null. All results of a job must agree. */
  readonly columns: readonly string[] | null;
  /** Files written by the script: relative paths and sizes, and the folder (absolute) that holds them now. */
  readonly files: {
    readonly folder: string;
    readonly entries: readonly (readonly [path: string, bytes: number])[];
  } | null;
}

export type AttemptOutcome = "succeeded" | "failed" | "lost";

/** One attempt, of either outcome. `lost`: through no fault of the script; it costs nothing. */
export interface AttemptEntry {
  readonly miniBatch: number;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Null when it succeeded; else exception, timeout, crash, exit, … */
  readonly reason: string | null;
  readonly worker: number;
  /** Wall clock, microseconds since 1970; 0 when unknown. */
  readonly startedUs: number;
  readonly runUs: number;
  readonly cpuUs: number;
  /** Peak memory in bytes, 0 when unknown. */
  readonly maxRss: number;
  /** Byte range in `logs/worker-<worker>.log`. */
  readonly logStart: number;
  readonly logEnd: number;
  /** JSON of {type, message, traceback}, or null. */
  readonly error: string | null;
}

/** An item that ended as failed or skipped. `path` is null when it is only known that some items of the mini-batch have no row. */
export interface UnscoredItem {
  readonly path: string | null;
  readonly outcome: "failed" | "skipped";
  readonly reason: string;
  /** How many items this stands for: 1, or more when `path` is null. */
  readonly count: number;
  readonly miniBatch: number | null;
  readonly attempts: number;
  readonly errorType: string | null;
  readonly message: string | null;
  readonly traceback: string | null;
  readonly worker: number | null;
  readonly logStart: number | null;
  readonly logEnd: number | null;
}

/**
 * One transaction of the driver. Order inside: plan, split, results (rows and files durable first), attempts, unscored, quarantined, cursor, meta.
 * Either all of it is durable or nothing is.
 */
export interface LedgerGroup {
  readonly plan: readonly PlanEntry[];
  /** Mini-batches that are replaced by the `plan` entries naming them as parent. */
  readonly replaced: readonly number[];
  readonly results: readonly ResultEntry[];
  readonly attempts: readonly AttemptEntry[];
  /** Mini-batches given up for good: all their items are failed (the `unscored` entries list them). */
  readonly quarantined: readonly number[];
  readonly unscored: readonly UnscoredItem[];
  /** Cursor of the listing, JSON; `planComplete` once the listing has ended. */
  readonly cursor: string | null;
  readonly planComplete: boolean;
}

export interface LedgerCounts {
  /** Entries listed: items in the plan plus rejected entries. */
  readonly listed: number;
  readonly scored: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: number;
  readonly rowsBytes: number;
  readonly miniBatches: number;
  readonly miniBatchesDone: number;
  readonly planComplete: boolean;
}

/** A mini-batch that is neither committed, nor quarantined, nor replaced. */
export interface PendingMiniBatch {
  readonly id: number;
  readonly firstItem: number;
  readonly items: number;
  readonly bytes: number;
  readonly parent: number | null;
  /** Failed attempts that count, so that a resumed job goes on counting. */
  readonly failedAttempts: number;
  /** Highest attempt number used, lost ones included. */
  readonly lastAttempt: number;
}

/** Ids from here on are those of parts: halves of isolation and mini-batches of a re-planning. Below it are planned ones, in input order. */
export const firstPartId = 1_000_000_000;

/** What the output side needs to know of the job's settings. */
export interface OutputSettings {
  /** Absolute folder where results are published. */
  readonly outputFolder: string;
  readonly outputFileName: string;
  readonly outputAction: "append_row" | "summary_only";
  readonly outputFormat: OutputFormat;
  readonly onConflict: OnConflict;
  readonly overwrite: boolean;
}

/** `none`: results are still coming. `started`: publishing was begun, publishing again finishes it. `done`: see PublishedOutput. */
export type PublicationState = "none" | "started" | "done";

/** Where the results of a job are. */
export interface PublishedOutput {
  readonly folder: string;
  /** The rows file, or null with `summary_only`. */
  readonly rowsFile: string | null;
  readonly rowsBytes: number;
  /** CRC-32 of the rows file. */
  readonly rowsCrc: number;
  /** Number of files that the script wrote. */
  readonly files: number;
}

/** What opening the ledger found; the driver begins with it. */
export interface LedgerStock {
  /** Raised by each opening for writing, so 1 is the first run. */
  readonly epoch: number;
  readonly status: JobStatus;
  readonly message: string | null;
  readonly counts: LedgerCounts;
  /** Successful mini-batches. */
  readonly committed: number;
  /** Cursor of the listing as it was given in the last group, JSON. */
  readonly cursor: string | null;
  /** Where a listing that is carried on begins to count. */
  readonly nextPlannedId: number;
  readonly nextItem: number;
  /** Highest id of a part (see firstPartId), or null when there is none. */
  readonly lastPartId: number | null;
  readonly publication: PublicationState;
  readonly published: PublishedOutput | null;
  /** What opening put right after a crash. */
  readonly repaired: { readonly rowsBytesCut: number; readonly foldersRemoved: number };
}

/** What became of a mini-batch. */
export type MiniBatchState = "pending" | "committed" | "quarantined" | "replaced";

/** A mini-batch as shown to people. */
export interface MiniBatchRecord {
  readonly id: number;
  readonly firstItem: number;
  readonly items: number;
  readonly bytes: number;
  readonly parent: number | null;
  readonly state: MiniBatchState;
}
