/**
 * `--memory auto`: as many workers as fit in the machine, by what they were seen to use.
 *
 *   one worker ──(its first mini-batch has ended: its memory is known)──► as many as there is room for ──(the kernel killed one)──► one fewer
 */

import { readFileSync } from "node:fs";
import { totalmem } from "node:os";

/** Kept free for everything else on the machine. */
const reserveShare = 0.1;
/** A worker that is busy with other files may need a little more than was seen. */
const margin = 1.2;

export class MemoryFit {
  #peakBytes = 0;
  #ceiling = Number.POSITIVE_INFINITY;

  /** Takes note of what a worker uses after a mini-batch. */
  observe(rssBytes: number): void {
    this.#peakBytes = Math.max(this.#peakBytes, rssBytes);
  }

  /** A worker was killed from outside while others were there: very likely there were too many. */
  onOutOfMemory(alive: number): void {
    this.#ceiling = Math.max(1, Math.min(this.#ceiling, alive - 1));
  }

  /** How many workers there may be now. `alive` of them are there and use their memory already. */
  countAllowed(alive: number, availableBytes: number = readAvailableBytes()): number {
    if (this.#peakBytes === 0) return 1;
    const roomBytes = availableBytes - totalmem() * reserveShare;
    const more = Math.max(0, Math.floor(roomBytes / (this.#peakBytes * margin)));
    return Math.max(1, Math.min(this.#ceiling, alive + more));
  }
}

/** Memory that can be given out without swapping, as the kernel estimates it. */
export function readAvailableBytes(): number {
  try {
    const found = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "latin1"));
    if (found !== null) return Number(found[1]) * 1024;
  } catch {
    // No /proc: half of what there is, a guess that errs on the safe side.
  }
  return totalmem() / 2;
}
