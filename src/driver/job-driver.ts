/**
 * One job: plan, dispatch, commit. Scheduling is one step repeated: what happened is taken note of by the events, then `#step` fills the workers and sees whether
 * the job is over (see job-life.ts).
 *
 * A mini-batch that has not ended is in exactly one place: the queue, in flight at one worker, or undecided (see batch-fates.ts).
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { WorkerExit } from "../compute/compute.ts";
import { BatchwiseError } from "../errors.ts";
import type { ListingChunk } from "../input/input.ts";
import { firstPartId, type LedgerGroup } from "../output/ledger-types.ts";
import type { WorkerFailure, WorkerResult } from "../worker/messages.ts";
import { describeFailed, describeLost } from "./attempt-entries.ts";
import type { BatchFates } from "./batch-fates.ts";
import type { CommitBuffer } from "./commit-buffer.ts";
import type { Deadlines } from "./deadlines.ts";
import type { DispatchQueue } from "./dispatch-queue.ts";
import type { Logger } from "./driver-log.ts";
import { isFromOutside } from "./exit-cause.ts";
import { chargeRunning, type FailureCause, failureCause } from "./failure-cause.ts";
import { JobLife } from "./job-life.ts";
import type { DriverJob } from "./job-outcome.ts";
import type { MemoryFit } from "./memory-fit.ts";
import { newMiniBatch } from "./mini-batch.ts";
import { chooseBatches, findVictim } from "./scheduling.ts";
import type { Tally } from "./tally.ts";
import { describeRejected, describeResult } from "./unscored.ts";
import { Watchdog } from "./watchdog.ts";
import type { PoolEvents, WorkerPool } from "./worker-pool.ts";
import type { InFlight, KillReason, WorkerSlot } from "./worker-slot.ts";

/** The parts that a driver works with; built by run-job.ts. */
export interface DriverParts {
  readonly job: DriverJob;
  readonly log: Logger;
  readonly tally: Tally;
  readonly queue: DispatchQueue;
  readonly fates: BatchFates;
  readonly commits: CommitBuffer;
  readonly pool: WorkerPool;
  readonly deadlines: Deadlines;
  /** Null unless `--memory auto`. */
  readonly memoryFit: MemoryFit | null;
}

/** Refusals of the ledger that running the job again would meet again. */
const errorsOfTheScript: ReadonlySet<string> = new Set(["output_conflict", "columns_differ", "internal"]);

export class JobDriver implements PoolEvents {
  readonly life = new JobLife();
  #parts: DriverParts | null = null;
  readonly #watchdog = new Watchdog();
  #stepDue = false;
  firstDispatchMs: number | null = null;
  lastResultMs = 0;

  /** Begins to dispatch. */
  begin(parts: DriverParts): void {
    this.#parts = parts;
    this.#askStep();
  }

  get isQueueFull(): boolean {
    return this.#parts?.queue.isFull ?? false;
  }

  /** Lowest item index that is dispatched and not finished; see commit-buffer.ts. */
  frontier(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const slot of this.#parts?.pool.slots ?? []) {
      for (const { batch } of slot.inFlight.values()) if (batch.firstItem < lowest) lowest = batch.firstItem;
    }
    return lowest;
  }

  drain(): void {
    if (!this.life.drain()) return;
    for (const slot of this.#parts?.pool.slots ?? []) if (slot.state === "ready") this.#parts?.pool.drop(slot);
    this.#askStep();
  }

  /** Holds back what is not dispatched yet, with a reason that is shown; null goes on. */
  pause(reason: string | null): void {
    if (reason !== this.life.pausedFor) this.#parts?.log.warn(reason ?? "the job goes on");
    this.life.pausedFor = reason;
    this.#askStep();
  }

  /** Looks ten times a second whether there is something to do, and whether all is as it must be. */
  watch(): void {
    this.#askStep();
    if (this.#parts === null || this.life.isOver) return;
    const { pool, queue, commits, log } = this.#parts;
    const waitingFor = () => (this.life.isDraining ? "stopping" : this.life.pausedFor);
    const error = this.#watchdog.look({ pool, queue, commits, waitingFor });
    if (error === null) return;
    log.error({ code: error.code }, error.message);
    this.life.fail(error);
  }

  /** Takes a chunk of the listing into plan and queue. */
  addChunk(chunk: ListingChunk): void {
    const { queue, commits, tally } = this.#use();
    for (const planned of chunk.miniBatches) {
      queue.addPlanned(newMiniBatch(planned));
      tally.listed += planned.items;
    }
    tally.miniBatches += chunk.miniBatches.length;
    tally.listed += chunk.rejected.length;
    commits.addPlan(chunk.miniBatches, JSON.stringify(chunk.cursor), false);
    if (chunk.rejected.length > 0) commits.addUnscored(chunk.rejected.map(describeRejected), null);
    this.#askStep();
  }

  endPlan(): void {
    const { commits, tally } = this.#use();
    tally.planComplete = true;
    commits.addPlan([], null, true);
    this.#askStep();
  }

  /** Takes note of what the ledger has made durable. */
  onCommitted(group: LedgerGroup): void {
    const { tally, job, pool, commits, queue } = this.#use();
    for (const { id } of group.plan) if (id < firstPartId) queue.markDurable(id);
    for (const result of group.results) {
      tally.scored += result.scored;
      tally.rows += result.rowCount;
      tally.rowsBytes += result.rowsBytes;
    }
    for (const item of group.unscored) tally.addUnscored(item);
    tally.miniBatchesDone += group.results.length + group.quarantined.length;
    if (!commits.isFull) pool.pauseReading(false);
    const { errorThreshold } = job.settings;
    if (errorThreshold >= 0 && tally.failed > errorThreshold) {
      this.life.fail(
        new BatchwiseError(
          "error_threshold_exceeded",
          `${tally.failed} items have failed, and the error threshold accepts ${errorThreshold}`,
          { hint: `mend the cause, or resume with a higher --error-threshold: batchwise resume ${job.settings.name}` },
        ),
      );
    }
    this.#askStep();
  }

  /** Looks again whether there is something to do; called when something came in that no other event tells of. */
  wake(): void {
    this.#askStep();
  }

  /** The ledger could not make a group durable. What was committed before is safe, and the job can be resumed. */
  onStorageError(error: unknown): void {
    if (error instanceof BatchwiseError && errorsOfTheScript.has(error.code)) this.life.fail(error);
    else if (error instanceof BatchwiseError) this.life.finish({ kind: "interrupted", error });
    else this.life.fail(new BatchwiseError("internal", "committing results failed", { cause: error }));
  }

  onReady(): void {
    this.#askStep();
  }

  onResults(slot: WorkerSlot, results: readonly WorkerResult[]): void {
    const { tally, pool, commits, deadlines } = this.#use();
    const now = performance.now();
    for (const result of results) {
      const flight = slot.inFlight.get(result.miniBatch);
      if (flight === undefined || flight.attempt !== result.attempt) {
        this.#discardLate(slot, result.take);
        continue;
      }
      slot.inFlight.delete(result.miniBatch);
      slot.observe(result.runUs / 1000);
      deadlines.observe(flight.batch, result.runUs / 1000);
      tally.runUs += result.runUs;
      this.#accept(slot, flight, result);
    }
    slot.lastResultMs = now;
    this.lastResultMs = now;
    if (commits.isFull) pool.pauseReading(true);
    this.#fill(slot);
    this.#askStep();
  }

  onAttemptFailed(slot: WorkerSlot, failure: WorkerFailure): void {
    const flight = slot.inFlight.get(failure.miniBatch);
    if (flight === undefined || flight.attempt !== failure.attempt) return;
    slot.inFlight.delete(failure.miniBatch);
    flight.parts?.discard();
    slot.observe(failure.runUs / 1000);
    this.#use().tally.runUs += failure.runUs;
    this.lastResultMs = performance.now();
    this.#onFailed(slot, flight, failureCause(slot, failure, this.#use().job.settings));
  }

  onDropped(_slot: WorkerSlot, given: readonly InFlight[]): void {
    for (const { batch } of given.toReversed()) this.#use().queue.addAgain(batch);
    this.#askStep();
  }

  onGone(slot: WorkerSlot, exit: WorkerExit, killReason: KillReason | null, inFlight: readonly InFlight[]): void {
    // A worker may be gone before the driver has begun: it starts processes first of all.
    if (this.life.isOver || inFlight.length === 0) return;
    const { job, memoryFit, pool } = this.#use();
    const runningId = exit.lastState?.miniBatch ?? null;
    if (killReason === null && isFromOutside(exit)) memoryFit?.onOutOfMemory(pool.countAlive() + 1);
    for (const flight of inFlight.toReversed()) {
      const isRunning = flight.batch.id === runningId;
      const cause = isRunning ? chargeRunning(slot, flight.batch, exit, killReason, job.settings) : null;
      if (cause === null) this.#onLost(slot, flight);
      else this.#onFailed(slot, flight, cause);
    }
    this.#askStep();
  }

  onUnstartable(error: BatchwiseError): void {
    this.life.fail(error);
  }

  #use(): DriverParts {
    if (this.#parts === null) throw new Error("the driver has not begun");
    return this.#parts;
  }

  #askStep(): void {
    if (this.#stepDue) return;
    this.#stepDue = true;
    setImmediate(() => {
      this.#stepDue = false;
      this.#step();
    });
  }

  #step(): void {
    if (this.life.isOver || this.#parts === null) return;
    const { pool, queue, tally, commits, fates } = this.#parts;
    this.#useWorkers();
    for (const slot of pool.slots) this.#fill(slot);
    queue.wake();
    this.#balance();
    const inFlight = pool.slots.some((slot) => slot.inFlight.size > 0);
    if (inFlight) return;
    if (this.life.isDraining) {
      this.life.finish({ kind: "interrupted", error: null });
      return;
    }
    if (!queue.isEmpty || !tally.planComplete) return;
    if (fates.hasUndecided) {
      fates.settle();
      this.#askStep();
    } else void commits.flush().then(() => this.#finishIfDone());
  }

  /** As many workers as there is work for, and as fit in the machine when that was asked for. */
  #useWorkers(): void {
    const { pool, queue, memoryFit } = this.#use();
    const work = queue.sizeInMemory + pool.slots.reduce((count, slot) => count + slot.inFlight.size, 0);
    pool.use(memoryFit === null ? work : Math.min(work, memoryFit.countAllowed(pool.countAlive())));
  }

  /** The last commit may have been preceded by nothing at all; look again when everything is durable. */
  #finishIfDone(): void {
    const { queue, pool, fates } = this.#use();
    if (queue.isEmpty && !fates.hasUndecided && pool.slots.every((slot) => slot.inFlight.size === 0)) {
      this.life.finish({ kind: "finished" });
    }
  }

  #fill(slot: WorkerSlot): void {
    const { pool, queue, fates } = this.#use();
    if (!this.life.mayDispatch || !slot.isReady || !queue.hasNext) return;
    const batches = chooseBatches(slot, queue, pool.slots);
    if (batches.length === 0) return;
    this.firstDispatchMs ??= performance.now();
    fates.onDispatched(batches);
    pool.dispatch(slot, batches);
  }

  /** A worker has nothing to do while another has a queue behind a long run: what it has not started moves over. */
  #balance(): void {
    const { pool, queue } = this.#use();
    if (this.life.isDraining || queue.hasNext) return;
    const idle = pool.slots.find((slot) => slot.isReady && slot.inFlight.size === 0);
    if (idle === undefined) return;
    const victim = findVictim(pool.slots);
    if (victim === null) return;
    pool.drop(victim.slot);
    for (const flight of victim.stolen) {
      victim.slot.inFlight.delete(flight.batch.id);
      // From now on its old attempt is late, should the worker have begun it after all.
      queue.addAgain(flight.batch);
    }
    this.#fill(idle);
  }

  #accept(slot: WorkerSlot, flight: InFlight, result: WorkerResult): void {
    const { commits, fates } = this.#use();
    commits.addResult(describeResult(slot, flight, result));
    fates.onSuccess(flight.batch);
  }

  #onLost(slot: WorkerSlot, flight: InFlight): void {
    const { commits, queue } = this.#use();
    commits.addAttempt(describeLost(slot, flight));
    queue.addAgain(flight.batch);
  }

  #onFailed(slot: WorkerSlot, flight: InFlight, cause: FailureCause): void {
    const { commits, queue, job, log, fates } = this.#use();
    const { batch } = flight;
    batch.failedAttempts++;
    commits.addAttempt(describeFailed(slot, flight, cause));
    log.warn(
      { miniBatch: batch.id, attempt: flight.attempt, reason: cause.reason, error: cause.error.message },
      "attempt failed",
    );
    if (!batch.isHalf && batch.failedAttempts <= job.settings.maxRetries) queue.addAgain(batch);
    else fates.onRetriesUsed(batch, cause);
    this.#askStep();
  }

  #discardLate(slot: WorkerSlot, take: string | null): void {
    if (take !== null) rmSync(join(slot.paths.take, take), { recursive: true, force: true });
  }
}
