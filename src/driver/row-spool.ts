import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import type { RowsSource } from "../output/ledger-types.ts";

const memoryBytes = 8 << 20;

/** Collects the rows of a result that comes in several frames: in memory at first, in a file when they are many. */
export class RowSpool {
  readonly #file: string;
  #chunks: Uint8Array[] = [];
  #fd: number | null = null;
  bytes = 0;

  /** `file` is created only when it is needed. */
  constructor(file: string) {
    this.#file = file;
  }

  add(rows: Uint8Array): void {
    this.bytes += rows.byteLength;
    if (this.#fd === null && this.bytes <= memoryBytes) {
      this.#chunks.push(rows);
      return;
    }
    if (this.#fd === null) {
      this.#fd = openSync(this.#file, "wx", 0o600);
      for (const chunk of this.#chunks) writeAll(this.#fd, chunk);
      this.#chunks = [];
    }
    writeAll(this.#fd, rows);
  }

  /** The rows, all of them; the spool may not be used afterwards. */
  finish(): RowsSource {
    if (this.#fd === null) return { bytes: this.#chunks };
    closeSync(this.#fd);
    this.#fd = null;
    return { spoolFile: this.#file };
  }

  /** Throws the rows away: the attempt did not succeed. */
  discard(): void {
    if (this.#fd === null) return;
    closeSync(this.#fd);
    rmSync(this.#file, { force: true });
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.byteLength; ) offset += writeSync(fd, bytes, offset);
}
