/**
 * The rows file: rows of committed mini-batches, one extent each, in the order of commits. The ledger says how many bytes are committed; what
 * lies behind is the tail of a commit that did not happen and is cut off.
 *
 *   closed size == committed ─► append at `committed` ─► sync ─► (ledger commits) ─► committed grows
 *                                    └─ failure before the ledger commits ─► cut back to `committed`
 */

import { closeSync, fstatSync, ftruncateSync, openSync, writevSync } from "node:fs";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { privateFileMode, syncData, syncFolder } from "../storage/durable.ts";

/** Linux takes at most this many buffers in one call (IOV_MAX). */
const maxBuffers = 1024;

export class RowsFile {
  readonly path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  /** Makes an empty rows file in `folder`; its name is durable. */
  static create(path: string, folder: string): RowsFile {
    const descriptor = openSync(path, "wx+", privateFileMode);
    syncFolder(folder);
    return new RowsFile(path, descriptor);
  }

  /** Opens a rows file, or returns null when there is none. */
  static open(path: string): RowsFile | null {
    try {
      return new RowsFile(path, openSync(path, "r+"));
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return null;
      throw error;
    }
  }

  get bytes(): number {
    return fstatSync(this.#descriptor).size;
  }

  /** Throws `rows_file_changed` when the file is not as the last commit left it: somebody else cut, extended or removed it. */
  assertUntouched(committed: number): void {
    const { size, nlink } = fstatSync(this.#descriptor);
    if (size === committed && nlink > 0) return;
    const found = nlink === 0 ? "it was removed" : `it has ${size} bytes`;
    throw new BatchwiseError(
      "rows_file_changed",
      `appending rows to ${this.path}: ${found}, where the ledger has ${committed} committed bytes`,
      { hint: "something else than this job changed the file: restore it from a copy, or start the job anew" },
    );
  }

  /** Writes all buffers, one after the other, from `position` on. Returns the position behind them. */
  write(buffers: readonly Uint8Array[], position: number): number {
    let at = position;
    for (let from = 0; from < buffers.length; from += maxBuffers) {
      let left = buffers.slice(from, from + maxBuffers);
      while (left.length > 0) {
        const written = writevSync(this.#descriptor, left, at);
        at += written;
        // Usually everything: a short write means a signal or a disk about to be full, and the next call says which.
        left = dropBytes(left, written);
      }
    }
    return at;
  }

  /** Makes what was written durable. A SyncError is final: see durable.ts. */
  sync(): void {
    syncData(this.#descriptor, this.path);
  }

  cutTo(bytes: number): void {
    ftruncateSync(this.#descriptor, bytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** What is left of the buffers after the first bytes are gone; empty buffers are dropped as well. */
function dropBytes(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let gone = bytes;
  const left: Uint8Array[] = [];
  for (const buffer of buffers) {
    const rest = buffer.byteLength - gone;
    if (rest > 0) left.push(gone > 0 ? buffer.subarray(gone) : buffer);
    gone = Math.max(0, -rest);
  }
  return left;
}
