/**
 * Finding the bad items of a mini-batch whose retries are used up, by halving.
 *
 *   split(P) ─► left half runs, right half is held
 *     left succeeds ─► the fault must be in the right half: it is split at once, without a run of its own (a single item does run)
 *     left fails    ─► left is split again, or is the bad item; the right half, no longer suspect, runs
 *
 * One bad item among n costs at most 2·log2(n) + 1 extra runs. An item that fails only in company is found to succeed alone; nothing is lost by the deduction.
 */

import { crc32 } from "node:zlib";
import { firstPartId } from "../output/ledger-types.ts";
import { decodeItems, encodeItems } from "../storage/item-payload.ts";
import { type MiniBatch, newMiniBatch } from "./mini-batch.ts";

/** Extra runs that a job may always spend, and those that each success adds: a broken model does not multiply the work. */
const baseBudget = 32;
const budgetPerSuccess = 2;

export interface Split {
  /** Mini-batches that are replaced by `halves`. */
  readonly replaced: readonly MiniBatch[];
  readonly halves: readonly MiniBatch[];
  /** Halves that are to run now; the others are held. */
  readonly runnable: readonly MiniBatch[];
}

/** Knows which halves are held and what a half's outcome means for its sibling. */
export class Isolation {
  #nextId: number;
  #runs = 0;
  readonly #heldBy = new Map<number, MiniBatch>();

  /** `lastId`: the highest id of a part that the ledger has, or null. */
  constructor(lastId: number | null) {
    this.#nextId = Math.max(firstPartId, (lastId ?? 0) + 1);
  }

  /** Number of mini-batches that wait for their left sibling. */
  get heldCount(): number {
    return this.#heldBy.size;
  }

  /** True while another split may be paid for. */
  hasBudget(successes: number): boolean {
    return this.#runs < baseBudget + budgetPerSuccess * successes;
  }

  /** Cuts a failed mini-batch of two or more items into halves: the left runs, the right is held. */
  split(batch: MiniBatch): Split {
    const [left, right] = this.#halve(batch);
    this.#heldBy.set(left.id, right);
    return { replaced: [batch], halves: [left, right], runnable: [left] };
  }

  /** Takes note that a half succeeded. Returns what becomes of the sibling that was held for it, if any. */
  onSuccess(batch: MiniBatch): Split | null {
    const right = this.#release(batch);
    if (right === null) return null;
    if (right.items === 1) return { replaced: [], halves: [], runnable: [right] };
    return this.split(right);
  }

  /** Takes note that a half failed or was given up. Returns the sibling that may run now, if any. */
  onFailure(batch: MiniBatch): MiniBatch | null {
    return this.#release(batch);
  }

  /** Counts a run of a half against the budget. */
  countRun(): void {
    this.#runs++;
  }

  #release(batch: MiniBatch): MiniBatch | null {
    const right = this.#heldBy.get(batch.id) ?? null;
    this.#heldBy.delete(batch.id);
    return right;
  }

  #halve(batch: MiniBatch): [MiniBatch, MiniBatch] {
    const items = decodeItems(batch.payload);
    const middle = Math.floor(items.length / 2);
    const cut = (from: number, to: number): MiniBatch => {
      const part = items.slice(from, to);
      const payload = encodeItems(part);
      return newMiniBatch({
        id: this.#nextId++,
        firstItem: batch.firstItem + from,
        items: part.length,
        bytes: part.reduce((sum, item) => sum + item.size, 0),
        payload,
        crc: crc32(payload),
        parent: batch.id,
        isHalf: true,
        attemptsBefore: batch.attemptsBefore + batch.failedAttempts,
      });
    };
    return [cut(0, middle), cut(middle, items.length)];
  }
}
