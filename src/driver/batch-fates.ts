/**
 * What becomes of a mini-batch whose retries are used up.
 *
 *   isolated     it is replaced by its halves, see isolation.ts
 *   parked       nothing has succeeded yet that would justify isolation; a first success releases it
 *   quarantined  given up: all its items are failed
 *
 * When all else has ended and nothing has succeeded, the parked ones are isolated one after the other, in input order, as far as the budget goes: one good item in
 * them is the success that releases the rest. Then they are given up.
 */

import type { PlanEntry } from "../output/ledger-types.ts";
import type { CommitBuffer } from "./commit-buffer.ts";
import type { DispatchQueue } from "./dispatch-queue.ts";
import type { FailureCause } from "./failure-cause.ts";
import type { Isolation, Split } from "./isolation.ts";
import type { MiniBatch } from "./mini-batch.ts";
import type { Tally } from "./tally.ts";
import { describeBatchFailure } from "./unscored.ts";

interface FateParts {
  readonly isolation: Isolation;
  readonly queue: DispatchQueue;
  readonly commits: CommitBuffer;
  readonly tally: Tally;
  readonly isolateFailures: boolean;
  /** Mini-batches that earlier runs of the driver have committed. */
  readonly successes: number;
}

export class BatchFates {
  readonly #parts: FateParts;
  readonly #parked: { batch: MiniBatch; cause: FailureCause }[] = [];
  #successes: number;

  constructor(parts: FateParts) {
    this.#parts = parts;
    this.#successes = parts.successes;
  }

  /** True while mini-batches are parked, or held for the outcome of their sibling. */
  get hasUndecided(): boolean {
    return this.#parked.length > 0 || this.#parts.isolation.heldCount > 0;
  }

  onDispatched(batches: readonly MiniBatch[]): void {
    for (const batch of batches) if (batch.isHalf) this.#parts.isolation.countRun();
  }

  onSuccess(batch: MiniBatch): void {
    this.#successes++;
    if (batch.isHalf) this.#applySplit(this.#parts.isolation.onSuccess(batch));
    for (const { batch, cause } of this.#parked.splice(0)) this.onRetriesUsed(batch, cause);
  }

  onRetriesUsed(batch: MiniBatch, cause: FailureCause): void {
    const { isolateFailures, isolation } = this.#parts;
    if (!isolateFailures || batch.items === 1) this.#quarantine(batch, cause);
    else if (!isolation.hasBudget(this.#successes)) this.#quarantine(batch, cause);
    else if (this.#successes > 0 || batch.isHalf) this.#isolate(batch);
    else this.#parked.push({ batch, cause });
  }

  /** Decides about one parked mini-batch when nothing else is left to do; the others follow as long as nothing succeeds. */
  settle(): void {
    // The first one in input order: which one failed first depends on the number of workers, and the outcome must not.
    this.#parked.sort((a, b) => a.batch.firstItem - b.batch.firstItem);
    const next = this.#parked.shift();
    if (next === undefined) return;
    if (this.#parts.isolation.hasBudget(this.#successes)) this.#isolate(next.batch);
    else this.#quarantine(next.batch, next.cause);
  }

  #isolate(batch: MiniBatch): void {
    this.#releaseSibling(batch);
    this.#applySplit(this.#parts.isolation.split(batch));
  }

  #quarantine(batch: MiniBatch, cause: FailureCause): void {
    this.#parts.commits.addUnscored(describeBatchFailure(batch, cause), batch.id);
    this.#releaseSibling(batch);
  }

  #releaseSibling(batch: MiniBatch): void {
    const sibling = this.#parts.isolation.onFailure(batch);
    if (sibling !== null) this.#parts.queue.addAgain(sibling);
  }

  #applySplit(split: Split | null): void {
    if (split === null) return;
    const { commits, queue, tally } = this.#parts;
    if (split.replaced.length > 0) {
      const plan: PlanEntry[] = split.halves.map((half) => ({ ...half, parent: half.parent ?? 0 }));
      commits.addSplit(
        split.replaced.map((batch) => batch.id),
        plan,
      );
      tally.miniBatches += split.halves.length - split.replaced.length;
    }
    for (const half of split.runnable) queue.addAgain(half);
  }
}
