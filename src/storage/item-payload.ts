import { isUtf8 } from "node:buffer";
import { decodeRawPath, encodeRawPath, type RawPath } from "./path-bytes.ts";

/** An item of a mini-batch. Strings are in text form (see path-bytes.ts); the path is `folder + name`. */
export interface Item {
  /** Ends in `/`. */
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970 with fractions: `seconds * 1000 + nanoseconds / 1e6`. */
  readonly mtimeMs: number;
}

const needsCare = /["\\\u0080-\u00ff]|\p{Cc}/u;
const notAscii = /[\u0080-\u00ff]/;

/** Writes "Items of a mini-batch" (protocol/README.md) as raw text, one item at a time. Raw: each character is a byte of the payload. */
export class ItemWriter {
  #json = "";
  #folder: RawPath | null = null;
  count = 0;

  /** Adds an item given by raw folder and raw name. */
  add(folder: RawPath, name: RawPath, size: number, mtimeMs: number): void {
    if (folder !== this.#folder) {
      this.#json += `${this.#folder === null ? "[[" : "],["}${quoteRaw(folder)}`;
      this.#folder = folder;
    }
    this.#json += `,${quoteRaw(name)},${size},${mtimeMs}`;
    this.count += 1;
  }

  /** Characters, that is bytes, written so far. */
  get length(): number {
    return this.#json.length;
  }

  /** The finished JSON; the writer is empty again afterwards. */
  finish(): string {
    const json = this.#folder === null ? "[]" : `${this.#json}]]`;
    this.#json = "";
    this.#folder = null;
    this.count = 0;
    return json;
  }
}

/** The payload of these items. */
export function encodeItems(items: readonly Item[]): Buffer {
  const writer = new ItemWriter();
  for (const item of items) {
    writer.add(encodeRawPath(item.folder), encodeRawPath(item.name), item.size, item.mtimeMs);
  }
  return Buffer.from(writer.finish(), "latin1");
}

/** The items of a payload; throws a SyntaxError when it is not one. */
export function decodeItems(payload: Uint8Array): Item[] {
  const folders: unknown = JSON.parse(
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"),
  );
  const items: Item[] = [];
  if (!Array.isArray(folders)) throw new SyntaxError("a payload is a list of folders");
  for (const entry of folders) {
    if (!Array.isArray(entry) || entry.length % 3 !== 1) throw new SyntaxError("a folder has a name and triples");
    const folder = entry[0] as string;
    for (let at = 1; at < entry.length; at += 3) {
      items.push({ folder, name: entry[at], size: entry[at + 1], mtimeMs: entry[at + 2] });
    }
  }
  return items;
}

/** A raw path as a JSON string, raw as well: UTF-8 stays as it is, other bytes become lone surrogates, escaped. */
function quoteRaw(raw: RawPath): string {
  if (!needsCare.test(raw)) return `"${raw}"`;
  if (!notAscii.test(raw) || isUtf8(Buffer.from(raw, "latin1"))) return JSON.stringify(raw);
  // JSON.stringify escapes lone surrogates; what remains is well formed and can be turned into raw form.
  return encodeRawPath(JSON.stringify(decodeRawPath(raw)));
}
