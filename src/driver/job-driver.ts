/**
 * One job: plan, dispatch, commit. Scheduling is one step repeated: what happened is taken note of by the events, then `#step` fills the workers and sees whether
 * the job is over.
 *
 *   scoring ──(everything ended)──► finished
 *      │ ├──(drain(), running ones done | stopNow())──► interrupted
 *      └─┴──(threshold, no worker can start, storage, bug)──► failed
 *
 * A mini-batch that has not ended is in exactly one place: the queue, in flight at one worker, or undecided (see batch-fates.ts).
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { WorkerExit } from "../compute/compute.ts";
import { BatchwiseError } from "../errors.ts";
import type { ListingChunk } from "../input/input.ts";
import { firstPartId, type LedgerGroup } from "../output/ledger-types.ts";
import { type JobPaths, workerPaths } from "../storage/job-paths.ts";
import type { WorkerFailure, WorkerResult } from "../worker/messages.ts";
import type { BatchFates } from "./batch-fates.ts";
import type { CommitBuffer } from "./commit-buffer.ts";
import type { Deadlines } from "./deadlines.ts";
import type { DispatchQueue } from "./dispatch-queue.ts";
import type { Logger } from "./driver-log.ts";
import { isFromOutside } from "./exit-cause.ts";
import { chargeRunning, type FailureCause, failureCause } from "./failure-cause.ts";
import type { DriverJob } from "./job-outcome.ts";
import type { MemoryFit } from "./memory-fit.ts";
import { newMiniBatch } from "./mini-batch.ts";
import { chooseBatches, findVictim } from "./scheduling.ts";
import type { Tally } from "./tally.ts";
import { describeRejected, describeResult } from "./unscored.ts";
import { Watchdog } from "./watchdog.ts";
import type { PoolEvents, WorkerPool } from "./worker-pool.ts";
import type { InFlight, KillReason, WorkerSlot } from "./worker-slot.ts";

export type JobEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "interrupted"; readonly error: BatchwiseError | null }
  | { readonly kind: "failed"; readonly error: BatchwiseError };

/** The parts that a driver works with; built by run-job.ts. */
export interface DriverParts {
  readonly job: DriverJob;
  readonly paths: JobPaths;
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
  readonly ended: Promise<JobEnd>;
  readonly #end = Promise.withResolvers<JobEnd>();
  #parts: DriverParts | null = null;
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  readonly #watchdog = new Watchdog();
  #pausedFor: string | null = null;
  #isOver = false;
  #draining = false;
  #stepDue = false;
  firstDispatchMs: number | null = null;
  lastResultMs = 0;

  constructor() {
    this.ended = this.#end.promise;
  }

  /** Begins to dispatch. */
  begin(parts: DriverParts): void {
    this.#parts = parts;
    this.#askStep();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isDraining(): boolean {
    return this.#draining;
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
    this.#stop.abort();
    if (this.#draining || this.#isOver) return;
    this.#draining = true;
    for (const slot of this.#parts?.pool.slots ?? []) if (slot.state === "ready") this.#parts?.pool.drop(slot);
    this.#askStep();
  }

  stopNow(): void {
    this.#stop.abort();
    this.finish({ kind: "interrupted", error: null });
  }

  /** Aborted when the job is over: waits for space on the disk end with it. */
  get overSignal(): AbortSignal {
    return this.#over.signal;
  }

  /** Aborted when the user asks to stop, also while the output is being published. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why nothing is dispatched at the moment, or null. */
  get pausedFor(): string | null {
    return this.#pausedFor;
  }

  /** Holds back what is not dispatched yet, with a reason that is shown; null goes on. */
  pause(reason: string | null): void {
    if (reason !== this.#pausedFor) this.#parts?.log.warn(reason ?? "the job goes on");
    this.#pausedFor = reason;
    this.#askStep();
  }

  /** Looks ten times a second whether there is something to do, and whether all is as it must be. */
  watch(): void {
    this.#askStep();
    if (this.#parts === null || this.#isOver) return;
    const { pool, queue, commits, log } = this.#parts;
    const waitingFor = () => (this.#draining ? "stopping" : this.#pausedFor);
    const error = this.#watchdog.look({ pool, queue, commits, waitingFor });
    if (error === null) return;
    log.error({ code: error.code }, error.message);
    this.fail(error);
  }

  finish(end: JobEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over.abort();
    this.#end.resolve(end);
  }

  fail(error: BatchwiseError): void {
    this.finish({ kind: "failed", error });
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
      this.fail(
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
    if (error instanceof BatchwiseError && errorsOfTheScript.has(error.code)) this.fail(error);
    else if (error instanceof BatchwiseError) this.finish({ kind: "interrupted", error });
    else this.fail(new BatchwiseError("internal", "committing results failed", { cause: error }));
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
    if (this.#isOver || inFlight.length === 0) return;
    const { paths, job, memoryFit, pool } = this.#use();
    const runningId = exit.lastState?.miniBatch ?? null;
    if (killReason === null && isFromOutside(exit)) memoryFit?.onOutOfMemory(pool.countAlive() + 1);
    for (const flight of inFlight.toReversed()) {
      const isRunning = flight.batch.id === runningId;
      const cause = isRunning ? chargeRunning(slot, flight.batch, exit, killReason, job.settings, paths) : null;
      if (cause === null) this.#onLost(slot, flight);
      else this.#onFailed(slot, flight, cause);
    }
    this.#askStep();
  }

  onUnstartable(error: BatchwiseError): void {
    this.fail(error);
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
    if (this.#isOver || this.#parts === null) return;
    const { pool, queue, tally, commits, fates } = this.#parts;
    this.#useWorkers();
    for (const slot of pool.slots) this.#fill(slot);
    queue.wake();
    this.#balance();
    const inFlight = pool.slots.some((slot) => slot.inFlight.size > 0);
    if (inFlight) return;
    if (this.#draining) {
      this.finish({ kind: "interrupted", error: null });
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
      this.finish({ kind: "finished" });
    }
  }

  #fill(slot: WorkerSlot): void {
    const { pool, queue, fates } = this.#use();
    if (this.#draining || this.#isOver || this.#pausedFor !== null || !slot.isReady || !queue.hasNext) return;
    const batches = chooseBatches(slot, queue, pool.slots);
    if (batches.length === 0) return;
    this.firstDispatchMs ??= performance.now();
    fates.onDispatched(batches);
    pool.dispatch(slot, batches);
  }

  /** A worker has nothing to do while another has a queue behind a long run: what it has not started moves over. */
  #balance(): void {
    const { pool, queue } = this.#use();
    if (this.#draining || queue.hasNext) return;
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
    const { commits, paths, fates } = this.#use();
    const { batch } = flight;
    const takeFolder = workerPaths(paths, slot.index, slot.name).take;
    commits.addResult(describeResult(slot, flight, result, takeFolder));
    fates.onSuccess(batch);
  }

  #onLost(slot: WorkerSlot, flight: InFlight): void {
    const { commits, queue } = this.#use();
    commits.addAttempt({
      miniBatch: flight.batch.id,
      attempt: flight.attempt,
      outcome: "lost",
      reason: "worker_lost",
      worker: slot.index,
      startedUs: 0,
      runUs: 0,
      cpuUs: 0,
      maxRss: 0,
      logStart: 0,
      logEnd: 0,
      error: null,
    });
    queue.addAgain(flight.batch);
  }

  #onFailed(slot: WorkerSlot, flight: InFlight, cause: FailureCause): void {
    const { commits, queue, job, log, fates } = this.#use();
    const { batch } = flight;
    batch.failedAttempts++;
    commits.addAttempt({
      miniBatch: batch.id,
      attempt: flight.attempt,
      outcome: "failed",
      reason: cause.reason,
      worker: slot.index,
      startedUs: 0,
      runUs: cause.runUs,
      cpuUs: cause.cpuUs,
      maxRss: cause.maxRss,
      logStart: cause.log[0],
      logEnd: cause.log[1],
      error: JSON.stringify(cause.error),
    });
    log.warn(
      { miniBatch: batch.id, attempt: flight.attempt, reason: cause.reason, error: cause.error.message },
      "attempt failed",
    );
    if (!batch.isHalf && batch.failedAttempts <= job.settings.maxRetries) queue.addAgain(batch);
    else fates.onRetriesUsed(batch, cause);
    this.#askStep();
  }

  #discardLate(slot: WorkerSlot, take: string | null): void {
    if (take === null) return;
    const folder = workerPaths(this.#use().paths, slot.index, slot.name).take;
    rmSync(join(folder, take), { recursive: true, force: true });
  }
}
