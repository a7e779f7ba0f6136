/**
 * The payload of a mini-batch: JSON `[[folder, name, size, mtime_ms, name, size, mtime_ms, …], [folder, …], …]`, see protocol/README.md. The
 * path of an item is `folder + name`. The driver never looks into it on the hot path; what is here serves the listing (which writes it),
 * isolation and re-planning (which cut and join it) and reports (which name the items).
 */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";

/** One item of a payload. */
export interface PayloadItem {
  /** Ends in "/". */
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A payload with what the plan says about it. */
export interface EncodedPayload {
  readonly payload: Buffer;
  /** CRC-32 of the payload. */
  readonly crc: number;
  readonly items: number;
  /** Sum of the sizes of its files. */
  readonly bytes: number;
}

type FolderRun = (string | number)[];

/** Collects items in order; items of one folder that follow each other name the folder once. */
export class PayloadBuilder {
  #runs: FolderRun[] = [];
  #folder: string | null = null;
  #run: FolderRun = [];
  #items = 0;
  #bytes = 0;

  get items(): number {
    return this.#items;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(folder: string, name: string, size: number, mtimeMs: number): void {
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#run = [folder];
      this.#runs.push(this.#run);
    }
    this.#run.push(name, size, mtimeMs);
    this.#items++;
    this.#bytes += size;
  }

  /** The payload of what was added since the last call. */
  build(): EncodedPayload {
    // JSON.stringify writes lone surrogates as \udcXX, which is what the worker reads back.
    const payload = Buffer.from(JSON.stringify(this.#runs), "utf8");
    const encoded = { payload, crc: crc32(payload), items: this.#items, bytes: this.#bytes };
    this.#runs = [];
    this.#folder = null;
    this.#items = 0;
    this.#bytes = 0;
    return encoded;
  }
}

/** Items of a payload in order. Throws a SyntaxError when it is not JSON; check its CRC first. */
export function* readPayload(payload: Uint8Array): Generator<PayloadItem> {
  for (const run of parseRuns(payload)) {
    const folder = run[0] as string;
    for (let at = 1; at < run.length; at += 3) {
      yield { folder, name: run[at] as string, size: run[at + 1] as number, mtimeMs: run[at + 2] as number };
    }
  }
}

/** Paths of the items in order, as strings with lone surrogates (see path-bytes.ts). */
export function listPaths(payload: Uint8Array): string[] {
  const paths: string[] = [];
  for (const run of parseRuns(payload)) {
    for (let at = 1; at < run.length; at += 3) paths.push((run[0] as string) + (run[at] as string));
  }
  return paths;
}

/** The items from index `from` up to, not including, `to`. */
export function slicePayload(payload: Uint8Array, from: number, to: number): EncodedPayload {
  const builder = new PayloadBuilder();
  let index = 0;
  for (const item of readPayload(payload)) {
    if (index >= to) break;
    if (index >= from) builder.add(item.folder, item.name, item.size, item.mtimeMs);
    index++;
  }
  return builder.build();
}

/** All items of several payloads, in their order. */
export function joinPayloads(payloads: readonly Uint8Array[]): EncodedPayload {
  const builder = new PayloadBuilder();
  for (const payload of payloads) {
    for (const item of readPayload(payload)) builder.add(item.folder, item.name, item.size, item.mtimeMs);
  }
  return builder.build();
}

function parseRuns(payload: Uint8Array): FolderRun[] {
  return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
}
