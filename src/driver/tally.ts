import { BatchwiseError } from "../errors.ts";
import type { LedgerCounts, UnscoredItem } from "../output/ledger-types.ts";
import type { FailureReason } from "./job-outcome.ts";

/** Distinct reasons that are counted apart; beyond them only the totals grow. */
const maxReasons = 1000;

/**
 * The running account of a job: listed = scored + failed + skipped once everything has ended. Numbers are those of durable records, so
 * they never go back, whatever crashes.
 */
export class Tally {
  listed = 0;
  scored = 0;
  failed = 0;
  skipped = 0;
  rows = 0;
  rowsBytes = 0;
  miniBatches = 0;
  miniBatchesDone = 0;
  planComplete = false;
  /** Successful mini-batches, those of earlier runs of the driver included. */
  successes = 0;
  /** Sum of run() times in this run of the driver. */
  runUs = 0;
  #endedBefore = 0;
  readonly #reasons = new Map<string, { -readonly [K in keyof FailureReason]: FailureReason[K] }>();

  /** Begins with what an earlier run of the driver has committed. */
  begin(counts: LedgerCounts, successes: number): void {
    this.listed = counts.listed;
    this.scored = counts.scored;
    this.failed = counts.failed;
    this.skipped = counts.skipped;
    this.rows = counts.rows;
    this.rowsBytes = counts.rowsBytes;
    this.miniBatches = counts.miniBatches;
    this.miniBatchesDone = counts.miniBatchesDone;
    this.planComplete = counts.planComplete;
    this.successes = successes;
    this.#endedBefore = this.#ended;
  }

  get #ended(): number {
    return this.scored + this.failed + this.skipped;
  }

  get endedThisRun(): number {
    return this.#ended - this.#endedBefore;
  }

  /** Counts an item (or several, see UnscoredItem.count) that ended without a score. */
  addUnscored(item: UnscoredItem): void {
    if (item.outcome === "skipped") this.skipped += item.count;
    else {
      this.failed += item.count;
      this.#addReason(item);
    }
  }

  /** Takes up the reason of an item that ended in an earlier run of the driver and is counted already. */
  recallReason(item: UnscoredItem): void {
    if (item.outcome === "failed") this.#addReason(item);
  }

  /** Most common reasons first. */
  topReasons(limit: number): FailureReason[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count).slice(0, limit);
  }

  /** Throws when the items do not add up. */
  assertComplete(): void {
    if (this.listed !== this.#ended) {
      throw new BatchwiseError(
        "accounting_broken",
        `the job's items do not add up: ${this.listed} listed, but ${this.scored} scored + ${this.failed} failed + ${this.skipped} skipped`,
        { hint: "nothing was published; please report this with the job folder's ledger.sqlite" },
      );
    }
  }

  #addReason(item: UnscoredItem): void {
    // Messages often differ by a file name or a number only; what is the same without digits and quoted parts counts as one reason.
    const pattern = (item.message ?? "").replace(/'[^']*'|"[^"]*"|\S*\/\S*|\d+/g, "…").slice(0, 200);
    const key = `${item.reason}\0${item.errorType ?? ""}\0${pattern}`;
    const known = this.#reasons.get(key);
    if (known !== undefined) {
      known.count += item.count;
    } else if (this.#reasons.size < maxReasons) {
      this.#reasons.set(key, {
        reason: item.reason,
        errorType: item.errorType,
        message: item.message,
        count: item.count,
        examplePath: item.path,
        exampleMiniBatch: item.miniBatch,
      });
    }
  }
}
