/**
 * What waits to be dispatched, in memory only as far as it is needed soon.
 *
 *   planned ──► window (first in, first out) ──► take()
 *          └──► ahead (the largest first) ─────► take()      much larger than the mean: started early, so that no worker is left with it at the end
 *          └──► nowhere: the window is full; the ledger has it, and `refill` reads it back when the window runs low
 *   failed once, lost, halved ──► again ───────► take()      before everything else
 *
 * Invariant: a mini-batch is in at most one of the three, and every id above `#lastInMemory` that is not in `#takenAhead` is in none of them.
 */

import type { MiniBatch } from "./mini-batch.ts";

/** Payload bytes that the window holds at most; 250 bytes a mini-batch is typical. */
const windowBytes = 8 << 20;
const refillBytes = 4 << 20;
const maxAhead = 1024;
/** From this many times the mean on, a mini-batch is started ahead of its turn. */
const aheadFactor = 4;
/** The mean means something from this many mini-batches on. */
const meanFrom = 16;

/** Reads pending mini-batches with an id above `afterId` back from the ledger, in order of id, about `maxBytes` of them. */
export type Refill = (afterId: number, maxBytes: number) => Promise<readonly MiniBatch[]>;

export class DispatchQueue {
  readonly #refill: Refill;
  readonly #onRefilled: (error: unknown) => void;
  #window: MiniBatch[] = [];
  #windowHead = 0;
  #windowBytes = 0;
  readonly #again: MiniBatch[] = [];
  readonly #ahead: MiniBatch[] = [];
  readonly #takenAhead = new Set<number>();
  #lastInMemory = -1;
  #lastPlanned = -1;
  #lastDurable = -1;
  #seen = 0;
  #seenBytes = 0;
  #refilling = false;

  /** `onRefilled` is told null when there is more to take, else why the ledger could not be read. */
  constructor(refill: Refill, onRefilled: (error: unknown) => void) {
    this.#refill = refill;
    this.#onRefilled = onRefilled;
  }

  /** True when nothing waits, neither here nor in the ledger. */
  get isEmpty(): boolean {
    return this.sizeInMemory === 0 && !this.#isBehind;
  }

  /** True when take() would give something now. */
  get hasNext(): boolean {
    return this.sizeInMemory > 0;
  }

  /** How many can be taken without reading the ledger. */
  get sizeInMemory(): number {
    return this.#again.length + this.#ahead.length + this.#window.length - this.#windowHead;
  }

  /** There are planned mini-batches that only the ledger holds. */
  get #isBehind(): boolean {
    return this.#lastInMemory < this.#lastPlanned;
  }

  /** True when a planned mini-batch would not fit in memory and would have to be read back later. */
  get isFull(): boolean {
    return this.#isBehind || this.#windowBytes >= windowBytes;
  }

  /** Tells that the ledger holds pending mini-batches up to this id from an earlier run of the driver. */
  expectPlanned(lastId: number): void {
    this.#lastPlanned = Math.max(this.#lastPlanned, lastId);
    this.markDurable(lastId);
  }

  /** Tells that the ledger holds the plan up to this id by now: only that far it can be read back. */
  markDurable(lastId: number): void {
    this.#lastDurable = Math.max(this.#lastDurable, lastId);
  }

  /** Adds mini-batches as they are planned, in order of id. */
  addPlanned(batch: MiniBatch): void {
    const wasBehind = this.#isBehind;
    this.#lastPlanned = batch.id;
    this.#seen++;
    this.#seenBytes += batch.bytes;
    const isLarge = this.#seen > meanFrom && batch.bytes * this.#seen > aheadFactor * this.#seenBytes;
    if (isLarge && this.#ahead.length < maxAhead) {
      this.#ahead.push(batch);
      this.#ahead.sort((a, b) => a.bytes - b.bytes);
      if (wasBehind || this.#isWindowFull) this.#takenAhead.add(batch.id);
      else this.#lastInMemory = batch.id;
      return;
    }
    if (wasBehind || this.#isWindowFull) return;
    this.#pushWindow(batch);
  }

  /** Puts a mini-batch back that failed, was lost or was made by isolation. */
  addAgain(batch: MiniBatch): void {
    this.#again.push(batch);
  }

  take(): MiniBatch | null {
    const next = this.#again.pop() ?? this.#ahead.pop() ?? this.#takeWindow();
    if (this.#windowBytes < windowBytes / 2) void this.#refillWindow();
    return next ?? null;
  }

  /** Reads back what is behind, when the window has run low. Called by take(), and once by a driver that resumes. */
  async #refillWindow(): Promise<void> {
    if (this.#refilling || this.#lastInMemory >= this.#lastDurable) return;
    this.#refilling = true;
    const durable = this.#lastDurable;
    try {
      const batches = await this.#refill(this.#lastInMemory, refillBytes);
      for (const batch of batches) {
        this.#lastInMemory = batch.id;
        if (!this.#takenAhead.delete(batch.id)) this.#pushWindow(batch);
      }
      // Nothing pending up to there: an earlier run of the driver has finished them.
      if (batches.length === 0) this.#lastInMemory = Math.max(this.#lastInMemory, durable);
      this.#refilling = false;
      this.#onRefilled(null);
    } catch (error) {
      this.#onRefilled(error);
    }
  }

  /** Starts reading back when nothing is in memory; the driver calls it whenever it looks for work and finds none. */
  wake(): void {
    if (!this.hasNext) void this.#refillWindow();
  }

  get #isWindowFull(): boolean {
    return this.#windowBytes >= windowBytes;
  }

  #pushWindow(batch: MiniBatch): void {
    this.#lastInMemory = Math.max(this.#lastInMemory, batch.id);
    this.#window.push(batch);
    this.#windowBytes += batch.payload.byteLength;
  }

  #takeWindow(): MiniBatch | undefined {
    const batch = this.#window[this.#windowHead];
    if (batch === undefined) return undefined;
    this.#windowHead++;
    this.#windowBytes -= batch.payload.byteLength;
    // Shifting an array of thousands each time would cost more than the whole dispatch.
    if (this.#windowHead > 512 && this.#windowHead * 2 > this.#window.length) {
      this.#window = this.#window.slice(this.#windowHead);
      this.#windowHead = 0;
    }
    return batch;
  }
}
