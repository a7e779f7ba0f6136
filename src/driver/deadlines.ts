/**
 * How long one run() may take.
 *
 * A number is a limit and nothing else. With `auto` the limit is learned: ten times what the slowest seconds per item and per byte seen so far make of this
 * mini-batch. At the limit a process that works (CPU time or I/O went on) gets the same time again, at most five times; one that hangs does not.
 */

import type { ProcessUsage } from "../compute/process-usage.ts";
import type { MiniBatch } from "./mini-batch.ts";

/** Until so many mini-batches were seen, `auto` is patient. */
const minSamples = 5;
const firstLimitMs = 300_000;
const factor = 10;
const floorMs = 5_000;
const maxExtensions = 5;
/** A process works when it had at least this share of one CPU since the last look, or any I/O at all. */
const workingShare = 0.05;

/** One look at a running mini-batch, to compare the next one with. */
export interface UsageMark {
  readonly miniBatch: number;
  readonly attempt: number;
  readonly usage: ProcessUsage;
  readonly elapsedMs: number;
  readonly extensions: number;
}

export type Verdict =
  | { readonly kind: "wait" }
  | { readonly kind: "extend"; readonly mark: UsageMark; readonly reason: string }
  | { readonly kind: "kill"; readonly limitMs: number; readonly reason: string };

export class Deadlines {
  readonly #timeoutMs: number | "auto";
  #samples = 0;
  #slowestMsPerItem = 0;
  #slowestMsPerByte = 0;

  constructor(timeoutMs: number | "auto") {
    this.#timeoutMs = timeoutMs;
  }

  /** True when looking at the process is worth its while: only `auto` asks for it. */
  get isLearned(): boolean {
    return this.#timeoutMs === "auto";
  }

  /** Takes note of a run() that ended. */
  observe(batch: Pick<MiniBatch, "items" | "bytes">, runMs: number): void {
    this.#samples++;
    this.#slowestMsPerItem = Math.max(this.#slowestMsPerItem, runMs / batch.items);
    if (batch.bytes > 0) this.#slowestMsPerByte = Math.max(this.#slowestMsPerByte, runMs / batch.bytes);
  }

  /** Milliseconds that one run() of this mini-batch may take before it is looked at. */
  limitMs(batch: Pick<MiniBatch, "items" | "bytes">): number {
    if (this.#timeoutMs !== "auto") return this.#timeoutMs;
    if (this.#samples < minSamples) return firstLimitMs;
    // The smaller of the two: sizes say nothing when every file costs the same, counts say nothing when they differ wildly.
    const byItems = batch.items * this.#slowestMsPerItem;
    const byBytes = batch.bytes * this.#slowestMsPerByte;
    return Math.max(floorMs, factor * (byBytes > 0 ? Math.min(byItems, byBytes) : byItems));
  }

  /** Decides about a mini-batch that has run for `elapsedMs`. `mark` is what the last verdict `extend` gave, or the first look; null when there was none. */
  judge(batch: MiniBatch, elapsedMs: number, usage: ProcessUsage | null, mark: UsageMark | null): Verdict {
    const limitMs = this.limitMs(batch);
    const extensions = mark?.extensions ?? 0;
    if (elapsedMs <= limitMs * (1 + extensions)) return { kind: "wait" };
    const seconds = (limitMs / 1000).toLocaleString("en", { maximumFractionDigits: 1, useGrouping: false });
    const late = `run() took longer than ${seconds} s`;
    if (this.#timeoutMs !== "auto") return { kind: "kill", limitMs, reason: late };
    if (usage === null || mark === null || extensions >= maxExtensions) {
      const many = extensions >= maxExtensions ? `, ${extensions + 1} times over` : "";
      return { kind: "kill", limitMs, reason: `${late}${many} (learned from the mini-batches before)` };
    }
    const spentMs = elapsedMs - mark.elapsedMs;
    const cpuMs = usage.cpuMs - mark.usage.cpuMs;
    const ioBytes = usage.ioBytes - mark.usage.ioBytes;
    if (cpuMs < spentMs * workingShare && ioBytes === 0) {
      return {
        kind: "kill",
        limitMs,
        reason: `${late} (learned) and hangs: ${cpuMs} ms of CPU time and no I/O in ${Math.round(spentMs)} ms`,
      };
    }
    return {
      kind: "extend",
      mark: { ...mark, usage, elapsedMs, extensions: extensions + 1 },
      reason: `${late} (learned), but works: ${cpuMs} ms of CPU time, ${ioBytes} bytes of I/O; it gets ${seconds} s more`,
    };
  }
}
