/**
 * Invariants of a running driver, looked at each second in production too. What is broken for several looks in a row ends the job with a dump: a job that
 * hangs without a reason is worse than one that can be resumed.
 *
 *   1. work that can be taken ⇒ some worker is busy, starting, or stopping, or a reason is shown
 *   2. a mini-batch is in flight only at a worker that is there
 *   3. nothing waits for the disk for long while no commit is under way
 */

import { BatchwiseError } from "../errors.ts";
import type { CommitBuffer } from "./commit-buffer.ts";
import type { DispatchQueue } from "./dispatch-queue.ts";
import type { WorkerPool } from "./worker-pool.ts";

const lookEveryMs = 1_000;
const maxBreaches = 10;

export interface WatchedParts {
  readonly pool: WorkerPool;
  readonly queue: DispatchQueue;
  readonly commits: CommitBuffer;
  /** Why nothing may be dispatched at the moment (draining, disk full), or null. */
  waitingFor(): string | null;
}

export class Watchdog {
  #lastLookMs = 0;
  #breaches = 0;

  /** Looks when a second has passed. Returns the error that ends the job, or null. */
  look(parts: WatchedParts): BatchwiseError | null {
    const now = performance.now();
    if (now - this.#lastLookMs < lookEveryMs) return null;
    this.#lastLookMs = now;
    const breach = findBreach(parts);
    this.#breaches = breach === null ? 0 : this.#breaches + 1;
    if (breach === null || this.#breaches < maxBreaches) return null;
    return new BatchwiseError("driver_stuck", `the driver makes no progress: ${breach}; ${describeDriver(parts)}`, {
      hint: "nothing is lost, resume the job; please report this with the job's logs/driver.log",
    });
  }
}

/** The invariant that does not hold now, in words, or null. */
export function findBreach({ pool, queue, commits, waitingFor }: WatchedParts): string | null {
  const lost = pool.slots.find((slot) => slot.inFlight.size > 0 && !slot.isAlive);
  if (lost !== undefined)
    return `slot ${lost.index} is ${lost.state} but has ${lost.inFlight.size} mini-batches in flight`;
  if (commits.isStuck) return "results wait, and no commit is under way";
  const isMoving = pool.slots.some(
    (slot) =>
      slot.inFlight.size > 0 ||
      slot.state === "starting" ||
      slot.state === "loading" ||
      slot.state === "stopping" ||
      slot.isRestarting,
  );
  if (queue.hasNext && !isMoving && waitingFor() === null)
    return "mini-batches wait, and no worker is busy or on its way";
  return null;
}

/** The state of the driver in one line, for the dump. */
export function describeDriver({ pool, queue }: WatchedParts): string {
  const slots = pool.slots.map(
    (slot) => `${slot.index}:${slot.state}/${slot.inFlight.size}${slot.dropping ? "/dropping" : ""}`,
  );
  return `${queue.sizeInMemory} mini-batches in the queue, slots ${slots.join(" ")}`;
}
