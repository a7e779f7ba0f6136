import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { BatchwiseError } from "../errors.ts";
import type { Extent } from "./result-table.ts";

/** Adjacent extents up to this length are read at once. */
const batchBytes = 4 << 20;

/** The bytes of the extents in their order, each mini-batch's checked against its CRC before the end is reached. A chunk is valid until the next. */
export function* readExtents(path: string, extents: Iterable<Extent>): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(batchBytes);
  const descriptor = openSync(path, "r");
  try {
    for (const batch of batchAdjacent(extents)) {
      const total = batch.reduce((sum, extent) => sum + extent.bytes, 0);
      const crcs = new CrcCheck(path, batch);
      for (let done = 0; done < total; ) {
        const read = readSync(descriptor, buffer, 0, Math.min(batchBytes, total - done), batch[0]!.offset + done);
        const chunk = buffer.subarray(0, read);
        crcs.add(chunk);
        if (read === 0) break; // the file ends too early, and the check has thrown
        yield chunk;
        done += read;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Follows the bytes of adjacent extents and compares at each end. */
class CrcCheck {
  readonly #path: string;
  readonly #extents: readonly Extent[];
  #index = 0;
  #done = 0;
  #crc = 0;

  constructor(path: string, extents: readonly Extent[]) {
    this.#path = path;
    this.#extents = extents;
  }

  /** Throws `rows_damaged` naming the first mini-batch whose rows are not what was committed; no bytes mean the end of the file. */
  add(chunk: Uint8Array): void {
    if (chunk.byteLength === 0)
      throw makeDamagedRowsError(this.#path, this.#extents[this.#index]!, "the file ends before");
    for (let at = 0; at < chunk.byteLength; ) {
      const extent = this.#extents[this.#index]!;
      const part = chunk.subarray(at, at + extent.bytes - this.#done);
      this.#crc = crc32(part, this.#crc);
      this.#done += part.byteLength;
      at += part.byteLength;
      if (this.#done < extent.bytes) continue;
      if (this.#crc !== extent.crc) throw makeDamagedRowsError(this.#path, extent, `their CRC is ${this.#crc}`);
      this.#index++;
      this.#done = 0;
      this.#crc = 0;
    }
  }
}

/** Groups extents that lie side by side, up to `batchBytes`; one that is longer is a group of its own. */
function* batchAdjacent(extents: Iterable<Extent>): Generator<Extent[]> {
  let batch: Extent[] = [];
  let bytes = 0;
  for (const extent of extents) {
    const follows = batch.length > 0 && batch[0]!.offset + bytes === extent.offset;
    if (batch.length > 0 && (!follows || bytes + extent.bytes > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(extent);
    bytes += extent.bytes;
  }
  if (batch.length > 0) yield batch;
}

function makeDamagedRowsError(path: string, extent: Extent, found: string): BatchwiseError {
  return new BatchwiseError(
    "rows_damaged",
    `reading the rows of mini-batch ${extent.miniBatch} (bytes ${extent.offset} to ${extent.offset + extent.bytes} of ${path}): ${found}, committed were ${extent.bytes} bytes with CRC ${extent.crc}`,
    {
      hint: "something changed the file since: restore the job folder from a copy, or start the job anew under another name",
    },
  );
}
