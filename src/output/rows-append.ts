import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { combineCrc32 } from "../storage/crc.ts";
import { removeTree } from "../storage/durable.ts";
import { type PreparedResult, readChunks } from "./group-preparation.ts";
import type { JobTotals } from "./job-table.ts";
import type { RowsFile } from "./rows-file.ts";

/**
 * Appends the rows of these results in their order; returns the offset of each. `totals` get the new end, CRC and order. The first csv result puts
 * the header at the start of the file, so that publishing may be a rename.
 */
export function appendRows(rows: RowsFile, results: readonly PreparedResult[], totals: JobTotals): number[] {
  const appender = new Appender(rows, totals);
  if (totals.rowsEnd === 0 && totals.columns !== null) {
    const header = encodeHeader(totals.columns);
    appender.add(header);
    totals.headerBytes = header.byteLength;
    totals.rowsCrc = crc32(header);
  }
  const offsets = results.map(({ place, result }) => {
    const offset = appender.end;
    if ("bytes" in result.rows) for (const bytes of result.rows.bytes) appender.add(bytes);
    else appender.addFile(result.rows.spoolFile);
    // The CRC of each result was checked, so the rows need not be read a second time for that of the file.
    totals.rowsCrc = combineCrc32(totals.rowsCrc, result.rowsCrc, result.rowsBytes);
    if (result.rowsBytes > 0) noteOrder(totals, place.firstItem);
    return offset;
  });
  appender.flush();
  return offsets;
}

/** Removes spool files whose rows are committed. One that stays costs space only until the next opening, which clears the folder. */
export function removeSpoolFiles(results: readonly PreparedResult[]): void {
  for (const { result } of results) {
    if ("bytes" in result.rows) continue;
    try {
      removeTree(result.rows.spoolFile);
    } catch {
      // The group is durable: nothing may be said against it any more.
    }
  }
}

/** The csv header of column names (JSON), quoted as RFC 4180 has it. */
export function encodeHeader(columns: string): Buffer {
  const names: string[] = JSON.parse(columns);
  const quoted = names.map((name) => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name));
  return Buffer.from(`${quoted.join(",")}\r\n`, "utf8");
}

function noteOrder(totals: JobTotals, firstItem: number): void {
  if (firstItem < totals.lastFirstItem) totals.rowsInOrder = false;
  else totals.lastFirstItem = firstItem;
}

/** Gathers rows in memory into few large writes. */
class Appender {
  readonly #rows: RowsFile;
  readonly #totals: JobTotals;
  #waiting: Uint8Array[] = [];
  /** Position behind all that was added. */
  end: number;

  constructor(rows: RowsFile, totals: JobTotals) {
    this.#rows = rows;
    this.#totals = totals;
    this.end = totals.rowsEnd;
  }

  add(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.end += bytes.byteLength;
    const last = this.#waiting.at(-1);
    // Rows of a group come out of one buffer, mostly side by side: a group is then a single write.
    if (last !== undefined && last.buffer === bytes.buffer && last.byteOffset + last.byteLength === bytes.byteOffset) {
      const length = last.byteLength + bytes.byteLength;
      this.#waiting[this.#waiting.length - 1] = new Uint8Array(bytes.buffer, last.byteOffset, length);
    } else {
      this.#waiting.push(bytes);
    }
  }

  addFile(path: string): void {
    this.flush();
    for (const chunk of readChunks(path)) {
      this.add(chunk);
      this.flush();
    }
  }

  flush(): void {
    this.#totals.rowsEnd = this.#rows.write(this.#waiting, this.#totals.rowsEnd);
    this.#waiting = [];
  }
}
