/**
 * Gathers what must become durable and hands it to the ledger in groups.
 *
 *   add… ──► waiting ──(a group is due)──► in flight ──(ledger: durable)──► committed, `onCommitted`
 *
 * A group is due when 4 MiB of rows wait, 20 ms after something came, and at once for the very first and the very last ones. A result whose predecessors in
 * input order are still running is held back for up to 250 ms: rows then lie in order in the rows file as long as run() is short, and publishing is a
 * rename instead of a copy (docs/decisions/0012-results-wait-for-their-predecessors.md). One group at a time is in flight, so that one that meets a full
 * disk can be tried again before the next; what comes meanwhile waits, and `isFull` asks the driver to stop reading results.
 */

import type { AttemptEntry, LedgerGroup, PlanEntry, ResultEntry, UnscoredItem } from "../output/ledger-types.ts";

const groupBytes = 4 << 20;
/** Several results share a commit and its syncs. */
const groupMs = 20;
/** A pause of the operating system's scheduler is shorter than that, a long run() is not. */
const holdMs = 250;
/** More than this is not held for the sake of order. */
const maxHeldBytes = 32 << 20;
const fullBytes = 64 << 20;
const stuckMs = 10_000;

/** A successful attempt that waits: `firstItem` orders it, `unscored` are its items without a row. */
export interface WaitingResult {
  readonly firstItem: number;
  readonly result: ResultEntry;
  readonly attempt: AttemptEntry;
  readonly unscored: readonly UnscoredItem[];
}

interface Waiting extends WaitingResult {
  readonly arrivedMs: number;
}

type MutableGroup = {
  -readonly [K in keyof LedgerGroup]: LedgerGroup[K] extends readonly (infer T)[] ? T[] : LedgerGroup[K];
};

export interface CommitBufferOptions {
  /** Makes a group durable; rejects when that failed, and then no later group may succeed. */
  commit(group: LedgerGroup): Promise<void>;
  /** Index of the first item, in input order, that is dispatched and not finished; Infinity when nothing is. */
  frontier(): number;
  onCommitted(group: LedgerGroup): void;
  onError(error: unknown): void;
}

export class CommitBuffer {
  readonly #options: CommitBufferOptions;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #other = emptyGroup();
  #hasOther = false;
  #oldestMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #inFlight = false;
  #inFlightBytes = 0;
  #isFirst = true;
  #failed = false;
  #idle: PromiseWithResolvers<void> | null = null;

  constructor(options: CommitBufferOptions) {
    this.#options = options;
  }

  /** True when so much waits for the disk that no more results should be read. */
  get isFull(): boolean {
    return this.bytes > fullBytes;
  }

  /** Bytes of rows that wait for the disk or are on their way to it. */
  get bytes(): number {
    return this.#waitingBytes + this.#inFlightBytes;
  }

  /** True when something has waited for long although no commit is under way: a bug. */
  get isStuck(): boolean {
    return !this.#failed && !this.#inFlight && performance.now() - this.#oldestMs > stuckMs;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#hasOther && !this.#inFlight;
  }

  addResult(waiting: WaitingResult): void {
    this.#waiting.push({ ...waiting, arrivedMs: performance.now() });
    this.#waitingBytes += waiting.result.rowsBytes;
    this.#touch();
  }

  addAttempt(attempt: AttemptEntry): void {
    this.#other.attempts.push(attempt);
    this.#touchOther();
  }

  addPlan(entries: readonly PlanEntry[], cursor: string | null, planComplete: boolean): void {
    for (const entry of entries) this.#other.plan.push(entry);
    if (cursor !== null) this.#other.cursor = cursor;
    if (planComplete) this.#other.planComplete = true;
    this.#touchOther();
  }

  /** Replaces mini-batches by others that name them as parents. */
  addSplit(replaced: readonly number[], entries: readonly PlanEntry[]): void {
    this.#other.replaced.push(...replaced);
    this.#other.plan.push(...entries);
    this.#touchOther();
  }

  addUnscored(items: readonly UnscoredItem[], quarantined: number | null): void {
    for (const item of items) this.#other.unscored.push(item);
    if (quarantined !== null) this.#other.quarantined.push(quarantined);
    this.#touchOther();
  }

  /** Sends everything that waits and resolves when all of it is durable (or the ledger has failed; then `onError` was called). */
  async flush(): Promise<void> {
    while (!this.isEmpty && !this.#failed) {
      this.#send(true);
      if (!this.#inFlight) continue;
      this.#idle ??= Promise.withResolvers<void>();
      await this.#idle.promise;
    }
  }

  #touchOther(): void {
    this.#hasOther = true;
    this.#touch();
  }

  #touch(): void {
    if (this.#failed) return;
    this.#oldestMs = Math.min(this.#oldestMs, performance.now());
    if (this.#isFirst && this.#waiting.length > 0) {
      this.#isFirst = false;
      setImmediate(() => this.#send(false));
    } else if (this.#waitingBytes >= groupBytes) {
      this.#send(this.#waitingBytes >= maxHeldBytes);
    }
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#send(false);
    }, groupMs);
  }

  /** Sends a group: everything, or without the results that are held for their predecessors. */
  #send(everything: boolean): void {
    if (this.#failed || (this.#waiting.length === 0 && !this.#hasOther)) return;
    if (this.#inFlight) return;
    const group = this.#other;
    this.#other = emptyGroup();
    this.#hasOther = false;
    const frontier = everything ? Number.POSITIVE_INFINITY : this.#options.frontier();
    const youngestMs = performance.now() - holdMs;
    const held: Waiting[] = [];
    let heldBytes = 0;
    let bytes = 0;
    this.#waiting.sort((a, b) => a.firstItem - b.firstItem);
    for (const waiting of this.#waiting) {
      if (waiting.firstItem > frontier && waiting.arrivedMs > youngestMs) {
        held.push(waiting);
        heldBytes += waiting.result.rowsBytes;
        continue;
      }
      group.results.push(waiting.result);
      group.attempts.push(waiting.attempt);
      for (const item of waiting.unscored) group.unscored.push(item);
      bytes += waiting.result.rowsBytes;
    }
    this.#waiting = held;
    this.#waitingBytes = heldBytes;
    this.#oldestMs = held.reduce((oldest, { arrivedMs }) => Math.min(oldest, arrivedMs), Number.POSITIVE_INFINITY);
    if (held.length > 0) this.#arm();
    if (isEmptyGroup(group)) return;
    this.#inFlight = true;
    this.#inFlightBytes += bytes;
    this.#options.commit(group).then(
      () => this.#onDurable(group, bytes),
      (error) => this.#onFailed(error),
    );
  }

  #onDurable(group: LedgerGroup, bytes: number): void {
    this.#inFlight = false;
    this.#inFlightBytes -= bytes;
    this.#options.onCommitted(group);
    if (this.#waitingBytes >= groupBytes) this.#send(false);
    // The timer may have fired while the group was in flight.
    if (this.#waiting.length > 0 || this.#hasOther) this.#arm();
    this.#settleIdle();
  }

  #onFailed(error: unknown): void {
    this.#inFlight = false;
    const isFirstFailure = !this.#failed;
    this.#failed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (isFirstFailure) this.#options.onError(error);
    this.#settleIdle();
  }

  #settleIdle(): void {
    this.#idle?.resolve();
    this.#idle = null;
  }

  /** Ends the timer; nothing that waits is sent any more. */
  close(): void {
    this.#failed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#settleIdle();
  }
}

function emptyGroup(): MutableGroup {
  return {
    plan: [],
    replaced: [],
    results: [],
    attempts: [],
    quarantined: [],
    unscored: [],
    cursor: null,
    planComplete: false,
  };
}

function isEmptyGroup(group: LedgerGroup): boolean {
  return (
    group.plan.length === 0 &&
    group.replaced.length === 0 &&
    group.results.length === 0 &&
    group.attempts.length === 0 &&
    group.quarantined.length === 0 &&
    group.unscored.length === 0 &&
    group.cursor === null &&
    !group.planComplete
  );
}
