import type { DispatchQueue } from "./dispatch-queue.ts";
import type { MiniBatch } from "./mini-batch.ts";
import type { InFlight, WorkerSlot } from "./worker-slot.ts";

/** Work that a worker should have ahead: the round trip to the driver hides behind it. */
const aheadMs = 10;
/** The worker gathers results of very short runs for up to 5 ms; a shorter queue would run dry meanwhile. */
const maxDepth = 512;
/** One running, one behind it: enough when run() is longer than a few milliseconds. */
const minDepth = 2;
const maxFrameEntries = 128;
const maxFrameBytes = 1 << 20;
/** A queue is taken away from a worker whose run has lasted this long. */
const stealAfterMs = 20;

/**
 * The mini-batches to send to a worker now: as many as fill its queue, never so many that the others would be left without. Sent in few large frames, not in
 * many small ones, when run() is short.
 */
export function chooseBatches(slot: WorkerSlot, queue: DispatchQueue, slots: readonly WorkerSlot[]): MiniBatch[] {
  const depth =
    slot.averageMs === 0 ? minDepth : Math.min(maxDepth, Math.max(minDepth, Math.ceil(aheadMs / slot.averageMs)));
  const room = depth - slot.inFlight.size;
  if (room <= 0 || (slot.inFlight.size > 0 && room < depth / 4)) return [];
  const workers = slots.reduce((count, other) => count + (other.isAlive ? 1 : 0), 0);
  const share = Math.max(1, Math.ceil(queue.sizeInMemory / (2 * workers)));
  const wanted = Math.min(room, share, maxFrameEntries);
  const batches: MiniBatch[] = [];
  for (let bytes = 0; batches.length < wanted && bytes < maxFrameBytes; ) {
    const batch = queue.take();
    if (batch === null) break;
    batches.push(batch);
    bytes += batch.payload.byteLength;
  }
  return batches;
}

/** A worker with mini-batches queued behind a long run, and those mini-batches; null when there is none. */
export function findVictim(slots: readonly WorkerSlot[]): { slot: WorkerSlot; stolen: InFlight[] } | null {
  const now = performance.now();
  for (const slot of slots) {
    if (!slot.isReady || slot.inFlight.size < 2 || now - Math.max(slot.lastResultMs, slot.sinceMs) < stealAfterMs)
      continue;
    const running = slot.handle?.readState()?.miniBatch ?? null;
    if (running === null || !slot.inFlight.has(running)) continue;
    const stolen = [...slot.inFlight.values()].filter((flight) => flight.batch.id !== running);
    if (stolen.length > 0) return { slot, stolen };
  }
  return null;
}
