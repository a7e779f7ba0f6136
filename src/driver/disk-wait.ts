import { statfsSync } from "node:fs";
import { BatchwiseError } from "../errors.ts";
import { formatBytes } from "./format-bytes.ts";

/** Room beyond what is needed, so that the job does not stop again at once. */
const spareBytes = 16 << 20;
const lookEveryMs = 500;

export interface DiskWaitOptions {
  /** Folder on the disk that is full. */
  readonly folder: string;
  /** Bytes that wait to be written; called at each look. */
  bytesNeeded(): number;
  /** Told in words while the job pauses, and null when it goes on. */
  onWaiting(text: string | null): void;
  /** Ends the wait without space. */
  readonly signal: AbortSignal;
}

/**
 * Runs a write that may meet a full disk; when it does, waits until there is space and runs it again. Nothing is given up but time. Errors of other kinds,
 * and the disk's error once `signal` is aborted, come out.
 */
export async function retryWhenDiskIsFull<T>(write: () => Promise<T>, options: DiskWaitOptions): Promise<T> {
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      const value = await write();
      if (isWaiting) options.onWaiting(null);
      return value;
    } catch (error) {
      if (!(error instanceof BatchwiseError) || error.code !== "disk_full" || options.signal.aborted) throw error;
      await waitForSpace(options, error);
    }
  }
}

async function waitForSpace(
  { folder, bytesNeeded, onWaiting, signal }: DiskWaitOptions,
  error: BatchwiseError,
): Promise<void> {
  const freeBefore = readFreeBytes(folder);
  for (let looks = 0; ; looks++) {
    const needed = bytesNeeded() + spareBytes;
    onWaiting(`the disk is full; the job pauses and needs about ${formatBytes(needed)} on ${folder}`);
    await sleep(lookEveryMs, signal);
    if (signal.aborted) throw error;
    const free = readFreeBytes(folder);
    // A quota or a limit on file size does not show as free space: then a try now and then is all that can be done.
    if (free >= needed && (free > freeBefore || looks % 10 === 9)) return;
  }
}

function readFreeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
