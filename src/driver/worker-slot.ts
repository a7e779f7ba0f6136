/**
 * One place in the pool, and the worker in it. It is `unused` until there is work for one more worker.
 *
 *   empty ─► starting ─(hello)─► loading ─(ready)─► ready ⇄ (mini-batches in flight) ─(stop)─► stopping ─► empty
 *               │                   │(broken)          │
 *               └───────────────────┴──────────────────┴──(exit, wire closed, killed)──► empty, what was in flight is given back
 *
 * A slot whose worker breaks before it is ready, `maxBrokenInARow` times in a row, is closed: what cannot start is not started again and again.
 */

import type { WorkerExit, WorkerHandle } from "../compute/compute.ts";
import type { WorkerPaths } from "../storage/job-paths.ts";
import type { ScriptError } from "../worker/messages.ts";
import type { UsageMark } from "./deadlines.ts";
import type { MiniBatch } from "./mini-batch.ts";

export type SlotState = "unused" | "empty" | "starting" | "loading" | "ready" | "stopping" | "closed";

/** A mini-batch that a worker has, running or queued behind the running one. */
export interface InFlight {
  readonly batch: MiniBatch;
  readonly attempt: number;
  /** Rows that came in parts, see row-spool.ts. */
  parts: import("./row-spool.ts").RowSpool | null;
}

/** Why the driver itself killed a worker. */
export type KillReason = "timeout" | "memory" | "init_timeout" | "wire" | "stop" | "late";

export class WorkerSlot {
  readonly index: number;
  state: SlotState = "unused";
  handle: WorkerHandle | null = null;
  name = "";
  /** Where its worker's things lie; set before a worker is started. */
  paths: WorkerPaths = { folder: "", scratch: "", output: "", take: "", state: "", log: "" };
  /** In the order given; the first one is running or about to. Keyed by mini-batch. */
  readonly inFlight = new Map<number, InFlight>();
  /** Moving average of run() plus the rest of a mini-batch's time in the worker, milliseconds; 0 until the first result. */
  averageMs = 0;
  /** When the current state began. */
  sinceMs = performance.now();
  lastResultMs = 0;
  /** When the worker was started. */
  startedMs = 0;
  brokenInARow = 0;
  lastBroken: ScriptError | null = null;
  killReason: KillReason | null = null;
  /** Filled when the deadline has passed: the stacks were asked for and the kill follows. */
  killAtMs: number | null = null;
  /** Why the deadline has passed, in words. */
  deadlineText = "";
  /** What the running mini-batch used when it was last looked at, see deadlines.ts. */
  mark: UsageMark | null = null;
  /** It is to be replaced after its mini-batch. */
  recycling = false;
  /** Bytes cut off its log. */
  logCutBytes = 0;
  /** A new worker is due after a pause. */
  isRestarting = false;
  /** Length of the log when the stacks were asked for. */
  stacksFrom = 0;
  maxRss = 0;
  /** End of the last result's range in the log. */
  logEnd = 0;
  /** A `drop` is under way; no new work is sent until it is answered. */
  dropping = false;
  lastExit: WorkerExit | null = null;

  constructor(index: number) {
    this.index = index;
  }

  get isReady(): boolean {
    return this.state === "ready" && this.killReason === null && !this.dropping && !this.recycling;
  }

  get isAlive(): boolean {
    return this.state !== "unused" && this.state !== "empty" && this.state !== "closed";
  }

  enter(state: SlotState): void {
    this.state = state;
    this.sinceMs = performance.now();
  }

  /** The mini-batch that runs now, as far as results tell. */
  get head(): InFlight | null {
    for (const first of this.inFlight.values()) return first;
    return null;
  }

  observe(elapsedMs: number): void {
    this.averageMs = this.averageMs === 0 ? elapsedMs : this.averageMs * 0.8 + elapsedMs * 0.2;
  }
}
