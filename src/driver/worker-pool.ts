/**
 * Supervision of the workers: fill up, talk to, kill the silent, reap the dead. What a mini-batch's fate means is decided by the events' receiver, JobDriver.
 * The states of a slot are written out in worker-slot.ts.
 */

import { join } from "node:path";
import type { Compute, WorkerExit, WorkerHandle } from "../compute/compute.ts";
import { type BatchwiseError, isSystemError } from "../errors.ts";
import type { JobPaths } from "../storage/job-paths.ts";
import { workerPaths } from "../storage/job-paths.ts";
import { WireError } from "../worker/codec.ts";
import {
  protocolVersion,
  type RunEntry,
  type ScriptError,
  type WorkerFailure,
  type WorkerMessage,
  type WorkerResult,
} from "../worker/messages.ts";
import type { Logger } from "./driver-log.ts";
import type { DriverJob } from "./job-outcome.ts";
import type { MiniBatch } from "./mini-batch.ts";
import { RowSpool } from "./row-spool.ts";
import { buildWorkerEnvironment } from "./worker-environment.ts";
import { type InFlight, type KillReason, WorkerSlot } from "./worker-slot.ts";
import { buildStartMessage, describeUnstartable, type StartFacts } from "./worker-start.ts";

/** Workers of one slot that break one after the other before it is closed. */
const maxBrokenInARow = 2;
/** The same when it was no fault of the script. */
const maxForeignInARow = 20;
const restartPauseMs = 100;
const wirelessMs = 1_000;

export interface PoolEvents {
  onReady(slot: WorkerSlot): void;
  onResults(slot: WorkerSlot, results: readonly WorkerResult[]): void;
  onAttemptFailed(slot: WorkerSlot, failure: WorkerFailure): void;
  /** The worker gave these back untouched. */
  onDropped(slot: WorkerSlot, given: readonly InFlight[]): void;
  /** The worker is gone; these were with it, in the order given. */
  onGone(slot: WorkerSlot, exit: WorkerExit, killReason: KillReason | null, inFlight: readonly InFlight[]): void;
  /** No slot can start a worker any more. */
  onUnstartable(error: BatchwiseError): void;
}

export class WorkerPool {
  readonly slots: readonly WorkerSlot[];
  readonly #job: DriverJob;
  readonly #paths: JobPaths;
  readonly #compute: Compute;
  readonly #events: PoolEvents;
  readonly #log: Logger;
  readonly #runId = `${Date.now().toString(36)}${process.pid.toString(36)}`;
  #facts: StartFacts | null = null;
  #used = 0;
  #started = 0;
  #firstBroken: ScriptError | null = null;
  #stopping = false;

  constructor(job: DriverJob, paths: JobPaths, compute: Compute, log: Logger, events: PoolEvents) {
    this.#job = job;
    this.#paths = paths;
    this.#compute = compute;
    this.#log = log;
    this.#events = events;
    this.slots = Array.from({ length: job.settings.workers }, (_, index) => new WorkerSlot(index));
  }

  /**
   * Makes sure that so many slots are in use: a job of three mini-batches needs no eight workers that load a model. A worker that is started before `begin` waits
   * after its hello.
   */
  use(count: number): void {
    if (count <= this.#used || this.#stopping) return;
    for (const slot of this.slots.slice(this.#used, count)) this.#start(slot);
    this.#used = Math.min(count, this.slots.length);
  }

  countAlive(): number {
    return this.slots.reduce((count, slot) => count + (slot.isAlive ? 1 : 0), 0);
  }

  begin(facts: StartFacts): void {
    this.#facts = facts;
    for (const slot of this.slots) if (slot.state === "loading") this.#sendStart(slot);
  }

  /** Hands mini-batches to a ready worker, in one frame. */
  dispatch(slot: WorkerSlot, batches: readonly MiniBatch[]): void {
    const entries: RunEntry[] = [];
    const payloads: Uint8Array[] = [];
    for (const batch of batches) {
      const attempt = ++batch.lastAttempt;
      slot.inFlight.set(batch.id, { batch, attempt, parts: null });
      entries.push([batch.id, attempt, batch.items, batch.payload.byteLength, batch.crc]);
      payloads.push(batch.payload);
    }
    slot.handle?.channel.sendRun(entries, payloads);
  }

  /** Asks a worker for what it has not started; `onDropped` follows. */
  drop(slot: WorkerSlot): void {
    if (slot.dropping || slot.handle === null) return;
    slot.dropping = true;
    slot.handle.channel.sendDrop();
  }

  /** Ends a worker after the mini-batch that it runs; another one takes its place. */
  recycle(slot: WorkerSlot): void {
    slot.recycling = true;
    if (slot.inFlight.size > 0) this.drop(slot);
    this.#stopIfRecycled(slot);
  }

  kill(slot: WorkerSlot, reason: KillReason): void {
    slot.killReason ??= reason;
    slot.handle?.kill();
  }

  /** Lets idle workers end in order with shutdown(), and waits; what does not end in time is killed by `supervise`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const exits: Promise<unknown>[] = [];
    for (const slot of this.slots) {
      if (slot.handle === null || !slot.isAlive) continue;
      exits.push(slot.handle.exited);
      if (slot.state === "ready") {
        slot.enter("stopping");
        slot.handle.channel.sendStop();
      } else {
        this.kill(slot, "stop");
      }
    }
    await Promise.all(exits);
  }

  /** Kills all at once and waits until they are gone. */
  async killAll(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.slots) this.kill(slot, "stop");
    await Promise.all(this.slots.map((slot) => slot.handle?.exited));
  }

  pauseReading(paused: boolean): void {
    for (const slot of this.slots) {
      if (paused) slot.handle?.channel.pause();
      else slot.handle?.channel.resume();
    }
  }

  #start(slot: WorkerSlot): void {
    slot.name = `${slot.index}-${this.#runId}-${this.#started++}`;
    slot.paths = workerPaths(this.#paths, slot.index, slot.name);
    slot.killReason = null;
    slot.killAtMs = null;
    slot.dropping = false;
    slot.recycling = false;
    slot.isRestarting = false;
    slot.mark = null;
    slot.startedMs = performance.now();
    slot.maxRss = 0;
    slot.enter("starting");
    const handle = this.#startWorker(slot);
    if (handle === null) return;
    slot.handle = handle;
    this.#log.info({ slot: slot.index, worker: slot.name }, "worker started");
    void handle.exited.then((exit) => this.#reap(slot, exit));
  }

  /** Null when the machine would not let us: no descriptors, no processes, no disk. That is tried again, it may pass. */
  #startWorker(slot: WorkerSlot): WorkerHandle | null {
    const { paths } = slot;
    const environment = buildWorkerEnvironment(this.#job, slot.index, paths);
    try {
      return this.#compute.startWorker(
        { slot: slot.index, name: slot.name, python: this.#job.python, paths, environment },
        {
          onMessage: (message) => this.#receive(slot, message),
          onClose: (error) => this.#onWireClosed(slot, error),
        },
      );
    } catch (cause) {
      const startError = cause instanceof Error ? cause : new Error(String(cause));
      this.#log.error({ slot: slot.index, err: startError.message }, "worker could not be started");
      slot.enter("empty");
      this.#countBroken(slot, { code: null, signal: null, startError, stuckPid: null, lastState: null });
      if (slot.state !== "closed") this.#restartLater(slot);
      return null;
    }
  }

  #stopIfRecycled(slot: WorkerSlot): void {
    if (!slot.recycling || slot.state !== "ready" || slot.inFlight.size > 0 || slot.dropping) return;
    slot.enter("stopping");
    slot.handle?.channel.sendStop();
  }

  #onWireClosed(slot: WorkerSlot, error: Error | null): void {
    if (error !== null) this.#log.warn({ slot: slot.index, err: error.message }, "wire broken");
    if (error instanceof WireError) {
      this.kill(slot, "wire");
      return;
    }
    // A dying worker's wire ends a moment before the process does, and the process tells why. One that lives on without its wire is of no use.
    const { handle } = slot;
    setTimeout(() => {
      if (slot.handle === handle) this.kill(slot, "wire");
    }, wirelessMs).unref();
  }

  #sendStart(slot: WorkerSlot): void {
    if (this.#facts === null || slot.handle === null) return;
    slot.handle.channel.sendStart(buildStartMessage(this.#job, this.#facts, slot));
  }

  #receive(slot: WorkerSlot, message: WorkerMessage): void {
    switch (message.t) {
      case "done":
        this.#events.onResults(slot, message.results);
        this.#stopIfRecycled(slot);
        return;
      case "fail":
        this.#events.onAttemptFailed(slot, message.failure);
        this.#stopIfRecycled(slot);
        return;
      case "part":
        this.#receivePart(slot, message.miniBatch, message.attempt, message.rows);
        return;
      case "dropped":
        this.#receiveDropped(slot, message.entries);
        return;
      case "hello":
        slot.handle?.setPid(message.pid);
        if (message.protocol !== protocolVersion) {
          this.#log.error({ slot: slot.index, protocol: message.protocol }, "worker speaks another protocol");
          this.kill(slot, "wire");
          return;
        }
        slot.enter("loading");
        this.#sendStart(slot);
        return;
      case "ready":
        slot.brokenInARow = 0;
        slot.logEnd = message.log[1];
        slot.enter("ready");
        this.#log.info({ slot: slot.index, initMs: message.initUs / 1000 }, "worker ready");
        this.#events.onReady(slot);
        return;
      case "broken":
        slot.lastBroken = message.error;
        this.#firstBroken ??= message.error;
        this.#log.warn({ slot: slot.index, stage: message.stage, error: message.error }, "worker could not start");
    }
  }

  #receivePart(slot: WorkerSlot, miniBatch: number, attempt: number, rows: Uint8Array): void {
    const flight = slot.inFlight.get(miniBatch);
    if (flight === undefined || flight.attempt !== attempt) return;
    flight.parts ??= new RowSpool(join(this.#paths.spool, `${miniBatch}-${attempt}`));
    flight.parts.add(rows);
  }

  #receiveDropped(slot: WorkerSlot, entries: readonly (readonly [number, number])[]): void {
    slot.dropping = false;
    const given: InFlight[] = [];
    for (const [miniBatch, attempt] of entries) {
      const flight = slot.inFlight.get(miniBatch);
      if (flight === undefined || flight.attempt !== attempt) continue;
      slot.inFlight.delete(miniBatch);
      given.push(flight);
    }
    this.#events.onDropped(slot, given);
    this.#stopIfRecycled(slot);
  }

  #reap(slot: WorkerSlot, exit: WorkerExit): void {
    const wasReady = slot.state === "ready" || slot.state === "stopping";
    const inFlight = [...slot.inFlight.values()];
    slot.inFlight.clear();
    slot.handle = null;
    slot.lastExit = exit;
    slot.enter("empty");
    this.#log.info({ slot: slot.index, worker: slot.name, ...exit, killReason: slot.killReason }, "worker ended");
    for (const flight of inFlight) flight.parts?.discard();
    this.#events.onGone(slot, exit, slot.killReason, inFlight);
    if (this.#stopping) return;
    if (!wasReady) this.#countBroken(slot, exit);
    if (slot.state === "empty") this.#restartLater(slot);
  }

  /** Starts a new worker: at once after a crash in run(), with a pause after one that could not start. */
  #restartLater(slot: WorkerSlot): void {
    if (slot.brokenInARow === 0) {
      this.#start(slot);
      return;
    }
    slot.isRestarting = true;
    setTimeout(() => {
      if (!this.#stopping && slot.state === "empty") this.#start(slot);
    }, restartPauseMs * slot.brokenInARow).unref();
  }

  #countBroken(slot: WorkerSlot, exit: WorkerExit): void {
    slot.brokenInARow++;
    // Killed by somebody else, or refused by a machine that is full: that says nothing about the script.
    const isForeign =
      (exit.signal === "SIGKILL" && slot.killReason === null && slot.lastBroken === null) || exit.startError !== null;
    if (slot.brokenInARow < (isForeign && !isMissing(exit.startError) ? maxForeignInARow : maxBrokenInARow)) return;
    slot.enter("closed");
    if (this.slots.some((other) => other.state !== "closed" && other.state !== "unused")) return;
    this.#events.onUnstartable(describeUnstartable(this.#job, slot, exit, this.#firstBroken));
  }
}

/** The interpreter is not there: no use to try again. */
function isMissing(error: Error | null): boolean {
  return isSystemError(error, "ENOENT") || isSystemError(error, "EACCES");
}
