/**
 * The ledger of a job: the only truth about its progress. One writer; `ledger-thread.ts` runs it beside the driver's main thread.
 *
 * A group commits in three steps, and nothing of it counts before the last:
 *
 *   check ─► append rows, take over files ─► sync both ─► one SQLite transaction (durable when it returns)
 *     │              │ failed: cut back,          │ failed: broken                │ refused (disk full): cut back, give back
 *     ▼              ▼ give back; may be retried  ▼                               ▼ in doubt (I/O error): broken
 *   refused, nothing was written
 *
 * `broken`: what the disk holds is not known any more; every later call is refused with the same error, and only opening the ledger again, which
 * recovers (ledger-recovery.ts), goes on.
 */

import type { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { type JobPaths, jobPaths } from "../storage/job-paths.ts";
import { verifyAccounting } from "./accounting.ts";
import { AttemptTable } from "./attempt-table.ts";
import { writeFailedItems } from "./failed-items.ts";
import { FileTable } from "./file-table.ts";
import { checkColumns, checkConflicts, checkRows, type PreparedResult, prepareResults } from "./group-preparation.ts";
import { addToTotals, JobTable, type JobTotals, readStatus, readTotals, toCounts } from "./job-table.ts";
import { openForWriting } from "./ledger-database.ts";
import { type Recovered, recover } from "./ledger-recovery.ts";
import { writeLedgerSumQuietly } from "./ledger-sum.ts";
import type {
  JobStatus,
  LedgerCounts,
  LedgerGroup,
  LedgerStock,
  OutputSettings,
  PendingMiniBatch,
  PublishedOutput,
} from "./ledger-types.ts";
import { MiniBatchTable, readNextNumbers, readPending, stateQuarantined, stateReplaced } from "./mini-batch-table.ts";
import { type Publication, parsePublication, toPublishedOutput } from "./publication.ts";
import { publish, reopen } from "./publish.ts";
import type { PublishContext } from "./publish-context.ts";
import { replan } from "./replan.ts";
import { ResultTable } from "./result-table.ts";
import { appendRows, removeSpoolFiles } from "./rows-append.ts";
import type { RowsFile } from "./rows-file.ts";
import { describeSqliteError } from "./sqlite.ts";
import { StagedFiles } from "./staged-files.ts";
import { UnscoredTable } from "./unscored-table.ts";
import { WriteGuard } from "./write-guard.ts";

export interface LedgerOptions {
  /** True for a new job: an existing ledger is refused. False for a job that goes on. */
  readonly create: boolean;
  readonly settings: OutputSettings;
}

export class Ledger {
  readonly #db: DatabaseSync;
  readonly #paths: JobPaths;
  readonly #settings: OutputSettings;
  readonly #staged: StagedFiles;
  readonly #epoch: number;
  readonly #guard: WriteGuard;
  readonly #job: JobTable;
  readonly #miniBatches: MiniBatchTable;
  readonly #results: ResultTable;
  readonly #attempts: AttemptTable;
  readonly #unscored: UnscoredTable;
  readonly #files: FileTable;
  readonly #repaired: LedgerStock["repaired"];
  #totals: JobTotals;
  #rows: RowsFile | null;

  private constructor(db: DatabaseSync, paths: JobPaths, settings: OutputSettings) {
    this.#db = db;
    this.#paths = paths;
    this.#settings = settings;
    this.#guard = new WriteGuard(db, paths.ledger);
    this.#staged = new StagedFiles(paths.files);
    this.#job = new JobTable(db);
    this.#miniBatches = new MiniBatchTable(db);
    this.#results = new ResultTable(db);
    this.#attempts = new AttemptTable(db);
    this.#unscored = new UnscoredTable(db);
    this.#files = new FileTable(db);
    this.#totals = readTotals(db);
    const recovered = this.#recover();
    this.#rows = recovered.rows;
    this.#repaired = recovered.repaired;
    this.#epoch = this.#guard.transact("opening the ledger", () => this.#job.begin().epoch);
  }

  /** Opens the ledger of a job folder as its only writer (the job's lock sees to that) and recovers from whatever happened before. */
  static open(folder: string, options: LedgerOptions): Ledger {
    const paths = jobPaths(folder);
    const db = openForWriting(paths, options.create);
    try {
      return new Ledger(db, paths, options.settings);
    } catch (error) {
      db.close();
      throw describeSqliteError(error, "opening the ledger", paths.ledger);
    }
  }

  /** Makes all of a group durable, or nothing of it. Groups count in the order of the calls. */
  commit(group: LedgerGroup): void {
    const results = this.#guard.read("checking results", () => this.#prepare(group));
    const totals = addToTotals(this.#totals, group);
    const undo: (() => void)[] = [];
    const offsets = this.#writeOutput(results, totals, undo);
    this.#guard.transact(
      "committing results",
      () => {
        this.#recordGroup(group, results, offsets);
        this.#job.writeTotals(totals);
      },
      undo,
    );
    this.#totals = totals;
    removeSpoolFiles(results);
  }

  /** Mini-batches that are neither committed, nor quarantined, nor replaced, by id; `afterId` and `limit` page through them. */
  pending(afterId = -1, limit = Number.POSITIVE_INFINITY): PendingMiniBatch[] {
    return this.#read(() => readPending(this.#db, afterId, limit));
  }

  /** Payloads of these mini-batches, in the order of the ids, checked against their CRC. */
  payloads(ids: readonly number[]): Uint8Array[] {
    return this.#read(() => ids.map((id) => this.#miniBatches.readPayload(id)));
  }

  counts(): LedgerCounts {
    return toCounts(this.#totals);
  }

  takeStock(): LedgerStock {
    return this.#read(() => this.#takeStock());
  }

  #takeStock(): LedgerStock {
    const publication = this.#readPublication();
    const { status, message } = readStatus(this.#db);
    return {
      epoch: this.#epoch,
      status,
      message,
      counts: this.counts(),
      committed: this.#totals.committed,
      cursor: this.#totals.cursor,
      ...readNextNumbers(this.#db),
      publication: publication.state,
      published: toPublishedOutput(publication, this.#paths.folder),
      repaired: this.#repaired,
    };
  }

  setStatus(status: JobStatus, message: string | null): void {
    this.#guard.transact("writing the job's status", () => this.#job.writeStatus(status, message));
  }

  /** Throws `accounting_broken` unless every item listed ended exactly once as scored, failed or skipped. */
  verifyAccounting(): void {
    this.#read(() => verifyAccounting(this.#db, this.#totals));
  }

  /** Regroups what is pending into mini-batches of that many items; returns how many were made. */
  replan(miniBatchSize: number): number {
    return this.#guard.transact("planning anew", () => {
      const change = replan(this.#db, this.#miniBatches, miniBatchSize);
      this.#writeTotals({ ...this.#totals, miniBatches: this.#totals.miniBatches + change.added - change.replaced });
      return change.added;
    });
  }

  /** Quarantined mini-batches become pending again, with all their attempts; published rows come back first. Returns their ids. */
  requeueQuarantined(): number[] {
    this.reopen();
    return this.#guard.transact("queueing failed items again", () => {
      const removed = this.#unscored.removeQuarantined();
      const ids = this.#miniBatches.requeueQuarantined();
      this.#writeTotals({
        ...this.#totals,
        failed: this.#totals.failed - removed.failed,
        skipped: this.#totals.skipped - removed.skipped,
        quarantined: this.#totals.quarantined - ids.length,
      });
      return ids;
    });
  }

  /** Publishes rows and files in input order; finishes what an earlier call began, and is harmless when all is done. */
  publish(): PublishedOutput {
    this.#closeRows();
    return this.#guard.run("publishing results", this.#settings.outputFolder, () => publish(this.#publishing()));
  }

  /** Takes published rows back into the job folder, so that more can be committed. Harmless when nothing is published. */
  reopen(): void {
    if (this.#readPublication().state === "started") this.publish();
    if (!this.#guard.run("taking published rows back", this.#paths.rows, () => reopen(this.#publishing()))) return;
    this.#totals = readTotals(this.#db);
    this.#rows = this.#recover().rows;
  }

  /** Writes `failed-items.jsonl` in the job folder; returns how many items it names. */
  writeFailedItems(): number {
    return this.#guard.run("listing failed items", this.#paths.failedItems, () =>
      writeFailedItems(this.#db, this.#paths.failedItems),
    );
  }

  /**
   * Closes, in order when the disk lets it: the next opening then need not check the file. What was committed is durable already, so a disk that fails now
   * takes nothing away, and is no error of the job.
   */
  close(): void {
    this.#closeRows();
    const isInOrder = !this.#guard.isBroken && this.#endQuietly();
    this.#db.close();
    if (isInOrder) writeLedgerSumQuietly(this.#paths.ledger);
  }

  #endQuietly(): boolean {
    try {
      this.#guard.transact("closing the ledger", () => this.#job.end());
      const found = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      // Not so while another process reads: then some of the commits stay in the log.
      return found?.busy === 0;
    } catch {
      // The next opening checks the file and takes over its log.
      return false;
    }
  }

  #prepare(group: LedgerGroup): PreparedResult[] {
    const results = prepareResults(group, this.#miniBatches);
    if (results.length > 0 && this.#rows === null) {
      throw new BatchwiseError("internal", "results came after publishing had begun");
    }
    checkConflicts(results, this.#files, this.#settings);
    checkRows(results);
    return results;
  }

  /** Steps one and two of a commit. `totals` get the new length of the rows file, `undo` how to go back. */
  #writeOutput(results: readonly PreparedResult[], totals: JobTotals, undo: (() => void)[]): number[] {
    const rows = this.#rows;
    if (rows === null || results.length === 0) return [];
    const committed = totals.rowsEnd;
    totals.columns = checkColumns(results, totals.columns);
    rows.assertUntouched(committed);
    const bytes = results.reduce((sum, { result }) => sum + result.rowsBytes, 0);
    undo.push(() => rows.cutTo(committed));
    const offsets = this.#guard.run("writing rows", rows.path, () => appendRows(rows, results, totals), undo, bytes);
    const write = () => this.#staged.adopt(results, undo);
    this.#guard.run("taking over files of the script", this.#staged.folder, write, undo);
    if (totals.rowsEnd > committed) this.#guard.run("writing rows", rows.path, () => rows.sync(), undo, bytes);
    return offsets;
  }

  #recordGroup(group: LedgerGroup, results: readonly PreparedResult[], offsets: readonly number[]): void {
    for (const entry of group.plan) this.#miniBatches.insert(entry);
    for (const id of group.replaced) this.#closeMiniBatch(id, stateReplaced);
    for (const [index, { place, result, attempt }] of results.entries()) {
      this.#results.insert(place, result, attempt, offsets[index]!);
      if (result.files !== null) this.#files.insertAll(result, place.firstItem);
    }
    for (const attempt of group.attempts) if (attempt.outcome !== "succeeded") this.#attempts.insert(attempt);
    this.#unscored.insertAll(group.unscored);
    for (const id of group.quarantined) this.#closeMiniBatch(id, stateQuarantined);
  }

  #closeMiniBatch(id: number, state: typeof stateQuarantined | typeof stateReplaced): void {
    if (this.#miniBatches.close(id, state)) return;
    throw new BatchwiseError("internal", `mini-batch ${id} cannot be quarantined or replaced: it is not pending`);
  }

  #writeTotals(totals: JobTotals): void {
    this.#job.writeTotals(totals);
    this.#totals = totals;
  }

  #read<T>(body: () => T): T {
    return this.#guard.run("reading the ledger", this.#paths.ledger, body);
  }

  #closeRows(): void {
    this.#rows?.close();
    this.#rows = null;
  }

  #readPublication(): Publication {
    return parsePublication(this.#job.readPublication());
  }

  #recover(): Recovered {
    return this.#guard.run("opening the job folder", this.#paths.rows, () =>
      recover(this.#db, this.#paths, this.#totals, this.#readPublication()),
    );
  }

  #publishing(): PublishContext {
    return {
      db: this.#db,
      paths: this.#paths,
      settings: this.#settings,
      totals: this.#totals,
      epoch: this.#epoch,
      job: this.#job,
      files: this.#files,
      results: this.#results,
      transact: (body) => this.#guard.transact("publishing results", body),
    };
  }
}
