import { crc32 } from "node:zlib";
import { BatchwiseError } from "../errors.ts";
import { ItemWriter } from "../storage/item-payload.ts";
import { decodeRawPath } from "../storage/path-bytes.ts";
import type { ListingCursor, RejectedEntry } from "./input.ts";
import type { Walked, WalkedReject } from "./walk.ts";

/**
 * Packing: N items in input order make a mini-batch. Its composition depends on the input alone, never on speed, workers or where chunks are cut:
 * a chunk ends only where a mini-batch ends, so that a listing resumed from the cursor of any chunk packs as the whole one would have.
 *
 * Chunks begin with one mini-batch, for the first dispatch waits for it, and grow from there.
 */

/** A chunk as it goes from thread to thread. */
export interface PackedChunk {
  /** Four numbers for each mini-batch: items, bytes, length of its payload, CRC-32 of its payload. */
  readonly columns: Float64Array<ArrayBuffer>;
  /** The payloads, joined. */
  readonly payloads: ArrayBuffer;
  readonly rejected: readonly RejectedEntry[];
  readonly cursor: ListingCursor;
}

/** Entries in input order, and the cursor of the one that was taken last. */
export interface EntrySource extends Iterable<Walked> {
  cursor(): ListingCursor;
}

export interface PackLimits {
  readonly chunkBytes: number;
  readonly chunkMiniBatches: number;
  /** A slow file system must not keep finished mini-batches back. */
  readonly chunkMs: number;
  /** A mini-batch ends early after this many rejected entries, so that memory stays bounded when there is hardly an item among them. */
  readonly rejectedEntries: number;
  /** A mini-batch travels in one frame (protocol/README.md). */
  readonly payloadBytes: number;
}

export const packLimits: PackLimits = {
  chunkBytes: 256 * 1024,
  chunkMiniBatches: 512,
  chunkMs: 20,
  rejectedEntries: 10_000,
  payloadBytes: 8 * 1024 * 1024 - 64 * 1024,
};

export const columnsPerMiniBatch = 4;

/** Packs entries into mini-batches of `miniBatchSize` items and those into chunks. Throws mini_batch_too_large. */
export function* packEntries(
  entries: EntrySource,
  miniBatchSize: number,
  limits: PackLimits = packLimits,
): Generator<PackedChunk> {
  const writer = new ItemWriter();
  let bytes = 0;
  let rejectedSinceMiniBatch = 0;
  let chunk = new ChunkBuilder();
  let maxMiniBatches = 1;

  for (const entry of entries) {
    if (entry.kind === "item") {
      writer.add(entry.folder, entry.name, entry.size, entry.mtimeMs);
      bytes += entry.size;
      if (writer.length > limits.payloadBytes) throw explainTooLarge(miniBatchSize, writer.count);
    } else {
      chunk.rejected.push(describeRejected(entry));
      rejectedSinceMiniBatch += 1;
    }
    if (writer.count < miniBatchSize && rejectedSinceMiniBatch < limits.rejectedEntries) continue;

    if (writer.count > 0) chunk.add(writer.count, bytes, writer.finish());
    bytes = 0;
    rejectedSinceMiniBatch = 0;
    if (chunk.isFull(maxMiniBatches, limits)) {
      yield chunk.finish(entries.cursor());
      chunk = new ChunkBuilder();
      maxMiniBatches = Math.min(maxMiniBatches * 2, limits.chunkMiniBatches);
    }
  }

  if (writer.count > 0) chunk.add(writer.count, bytes, writer.finish());
  if (!chunk.isEmpty()) yield chunk.finish(entries.cursor());
}

/** Payloads in one buffer, numbers in one array. */
class ChunkBuilder {
  readonly rejected: RejectedEntry[] = [];
  readonly #startedMs = performance.now();
  readonly #columns: number[] = [];
  #payloads = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  isEmpty(): boolean {
    return this.#columns.length === 0 && this.rejected.length === 0;
  }

  isFull(maxMiniBatches: number, limits: PackLimits): boolean {
    return (
      this.#columns.length >= maxMiniBatches * columnsPerMiniBatch ||
      this.#length >= limits.chunkBytes ||
      this.rejected.length >= limits.rejectedEntries ||
      performance.now() - this.#startedMs >= limits.chunkMs
    );
  }

  /** `payload` is raw: a byte for each character. */
  add(items: number, bytes: number, payload: string): void {
    const end = this.#length + payload.length;
    if (end > this.#payloads.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#payloads.length * 2));
      this.#payloads.copy(larger, 0, 0, this.#length);
      this.#payloads = larger;
    }
    this.#payloads.write(payload, this.#length, "latin1");
    const crc = crc32(this.#payloads.subarray(this.#length, end));
    this.#columns.push(items, bytes, payload.length, crc);
    this.#length = end;
  }

  finish(cursor: ListingCursor): PackedChunk {
    const payloads = (this.#payloads.buffer as ArrayBuffer).transfer(this.#length);
    return { columns: Float64Array.from(this.#columns), payloads, rejected: this.rejected, cursor };
  }
}

function describeRejected({ folder, name, outcome, reason, detail }: WalkedReject): RejectedEntry {
  return { path: decodeRawPath(folder + name), outcome, reason, detail };
}

function explainTooLarge(miniBatchSize: number, items: number): BatchwiseError {
  return new BatchwiseError(
    "mini_batch_too_large",
    `packing mini-batches of ${miniBatchSize} items: the paths of ${items} of them fill the 8 MiB that one mini-batch may have`,
    { hint: "choose a smaller --mini-batch-size" },
  );
}
