/** Kills the silent: looks at each worker ten times a second and ends those whose time, memory or log is used up. */

import { appendFileSync, statSync, truncateSync } from "node:fs";
import type { ProcessUsage } from "../compute/process-usage.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { monotonicMs, type WorkerState } from "../worker/worker-state.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Logger } from "./driver-log.ts";
import { formatBytes } from "./format-bytes.ts";
import type { KillReason, WorkerSlot } from "./worker-slot.ts";

/** A process that has not said hello after that long will not. */
const helloMs = 60_000;
const stopMs = 10_000;
/** Time for the worker to write its stacks before it is killed; the signal handler is C code and needs far less. */
const stacksMs = 150;
/** Formatting and sending may take this long at least: the script's own `__str__` may hang there. */
const minSendingMs = 30_000;
/** From this share of a learned deadline on, what the process uses is watched. */
const markShare = 0.5;
/** A gap this long between two looks means that the driver itself was stopped; what came in meanwhile is read before anything is judged. */
const driverPauseMs = 2_000;

export interface SupervisionActions {
  kill(slot: WorkerSlot, reason: KillReason): void;
  /** Ends a worker between two mini-batches and starts a new one. */
  recycle(slot: WorkerSlot): void;
  /** What a worker uses, told when the settings ask for it to be measured. */
  onUsage(usage: ProcessUsage): void;
}

export class Supervision {
  readonly #settings: JobSettings;
  readonly #deadlines: Deadlines;
  readonly #log: Logger;
  readonly #actions: SupervisionActions;
  #lastLookMs = performance.now();

  constructor(settings: JobSettings, deadlines: Deadlines, log: Logger, actions: SupervisionActions) {
    this.#settings = settings;
    this.#deadlines = deadlines;
    this.#log = log;
    this.#actions = actions;
  }

  look(slots: readonly WorkerSlot[]): void {
    const now = performance.now();
    const gapMs = now - this.#lastLookMs;
    this.#lastLookMs = now;
    if (gapMs > driverPauseMs) {
      this.#log.warn(
        { gapMs: Math.round(gapMs) },
        "the driver was stopped or starved; deadlines are looked at next time",
      );
      return;
    }
    for (const slot of slots) if (slot.isAlive) this.#lookAt(slot, now);
  }

  #lookAt(slot: WorkerSlot, now: number): void {
    this.#capLog(slot);
    if (slot.killAtMs !== null) {
      if (now >= slot.killAtMs) this.#actions.kill(slot, slot.state === "loading" ? "init_timeout" : "timeout");
      return;
    }
    if (slot.killReason !== null) return;
    const age = now - slot.sinceMs;
    if (slot.state === "starting" && age > helloMs) this.#actions.kill(slot, "init_timeout");
    else if (slot.state === "stopping" && age > stopMs) this.#actions.kill(slot, "stop");
    else if (slot.state === "loading" && age > this.#settings.initTimeoutMs) {
      this.#askForStacks(slot, `init() did not finish within ${this.#settings.initTimeoutMs / 1000} s`);
    } else if (slot.state === "ready") this.#lookAtRun(slot);
    this.#lookAtMemory(slot);
  }

  #lookAtRun(slot: WorkerSlot): void {
    const state = slot.handle?.readState() ?? null;
    if (state === null) return;
    const elapsedMs = monotonicMs() - state.sinceMs;
    if (state.phase === "sending" && elapsedMs > Math.max(this.#sendingMs, minSendingMs)) {
      this.#askForStacks(slot, `writing the rows took longer than ${Math.round(elapsedMs / 1000)} s`);
    } else if (state.phase === "run") this.#judgeRun(slot, state, elapsedMs);
  }

  get #sendingMs(): number {
    return this.#settings.timeoutMs === "auto" ? 0 : this.#settings.timeoutMs;
  }

  #judgeRun(slot: WorkerSlot, state: WorkerState, elapsedMs: number): void {
    const batch = state.miniBatch === null ? undefined : slot.inFlight.get(state.miniBatch)?.batch;
    if (batch === undefined) {
      // Taken away from this worker too late: its result will not count, but it must not run for ever either.
      if (elapsedMs > this.#deadlines.limitMs({ items: 1, bytes: 0 })) this.#actions.kill(slot, "late");
      return;
    }
    const isMarked = slot.mark?.miniBatch === batch.id && slot.mark.attempt === state.attempt;
    const isWatched = this.#deadlines.isLearned && elapsedMs > this.#deadlines.limitMs(batch) * markShare;
    const usage = isWatched ? (slot.handle?.readUsage() ?? null) : null;
    if (!isMarked && usage !== null) {
      slot.mark = { miniBatch: batch.id, attempt: state.attempt, usage, elapsedMs, extensions: 0 };
    }
    const verdict = this.#deadlines.judge(batch, elapsedMs, usage, isMarked ? slot.mark : null);
    if (verdict.kind === "wait") return;
    this.#log.warn({ miniBatch: batch.id, attempt: state.attempt, slot: slot.index }, verdict.reason);
    if (verdict.kind === "kill") this.#askForStacks(slot, verdict.reason);
    else {
      slot.mark = verdict.mark;
      this.#writeToLog(slot, `mini-batch ${batch.id}: ${verdict.reason}. What it is doing:`);
      slot.handle?.dumpStacks();
    }
  }

  #lookAtMemory(slot: WorkerSlot): void {
    const { memoryLimitBytes, maxRssBytes, memory } = this.#settings;
    if (memoryLimitBytes === null && maxRssBytes === null && memory === "off") return;
    const usage = slot.handle?.readUsage() ?? null;
    if (usage === null) return;
    // Before its first result a worker has not shown what it needs.
    if (slot.lastResultMs > slot.startedMs) this.#actions.onUsage(usage);
    slot.maxRss = Math.max(slot.maxRss, usage.rssBytes);
    if (memoryLimitBytes !== null && usage.rssBytes > memoryLimitBytes) {
      this.#writeToLog(
        slot,
        `the worker uses ${formatBytes(usage.rssBytes)}, over the memory limit of ${formatBytes(memoryLimitBytes)}; it is killed`,
      );
      this.#actions.kill(slot, "memory");
    } else if (maxRssBytes !== null && usage.rssBytes > maxRssBytes && slot.state === "ready" && !slot.recycling) {
      this.#log.info(
        { slot: slot.index, rssBytes: usage.rssBytes },
        "worker is over max_rss and is replaced after its mini-batch",
      );
      this.#actions.recycle(slot);
    }
  }

  /** What a script prints beyond the cap is thrown away; the first part, which tells most, stays. Worker and driver append, so cutting the end is safe. */
  #capLog(slot: WorkerSlot): void {
    const { log } = slot.paths;
    const cap = this.#settings.maxLogBytes;
    try {
      const { size } = statSync(log);
      if (size <= cap + noteBytes) return;
      truncateSync(log, cap);
      slot.logCutBytes += size - cap;
      appendFileSync(
        log,
        `\nbatchwise: this log is full (${formatBytes(cap)}); ${slot.logCutBytes} bytes were cut so far\n`,
      );
    } catch (error) {
      // A log that cannot be written does no harm to the job.
      this.#log.warn({ slot: slot.index, err: String(error) }, "the worker's log could not be cut");
    }
  }

  #askForStacks(slot: WorkerSlot, what: string): void {
    const { log } = slot.paths;
    slot.stacksFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    slot.deadlineText = what;
    this.#writeToLog(slot, `${what}; the worker is killed. What it was doing:`);
    slot.handle?.dumpStacks();
    slot.killAtMs = performance.now() + stacksMs;
  }

  #writeToLog(slot: WorkerSlot, line: string): void {
    try {
      appendFileSync(slot.paths.log, `batchwise: ${line}\n`);
    } catch (error) {
      this.#log.warn({ slot: slot.index, err: String(error) }, line);
    }
  }
}

/** Room for the line that says what was cut, so that it is not cut itself each time. */
const noteBytes = 4096;
