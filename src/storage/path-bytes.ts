import { isUtf8 } from "node:buffer";

/**
 * Names on Linux are bytes. Two ways to hold them in a string:
 *
 * - **raw**: one character per byte (latin1). Exact for any name, and the default comparison of strings is the order of the bytes. Used while listing.
 * - **text**: UTF-8 decoded, each byte that is not UTF-8 as a lone surrogate U+DC80…U+DCFF, as Python's `surrogateescape` does. Used everywhere else.
 */
export type RawPath = string;

const notAscii = /[\u0080-\u00ff]/;

/** The text form of a raw path. */
export function decodeRawPath(raw: RawPath): string {
  if (!notAscii.test(raw)) return raw;
  const bytes = Buffer.from(raw, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = measureSequence(bytes, at);
    if (length > 0) text += bytes.toString("utf8", at, at + length);
    else text += String.fromCharCode(0xdc00 + bytes[at]!);
    at += Math.max(length, 1);
  }
  return text;
}

/** The raw form of a path in text form. */
export function encodeRawPath(text: string): RawPath {
  return encodePathBytes(text).toString("latin1");
}

/** The bytes of a path in text form: what the file system knows it by. */
export function encodePathBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const escaped = code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
}

/** A raw path as `node:fs` takes it: strings are faster, but Node.js would encode characters above U+007F as UTF-8 once more. */
export function toFsPath(raw: RawPath): string | Buffer {
  return notAscii.test(raw) ? Buffer.from(raw, "latin1") : raw;
}

/** The text form of a path's bytes. */
export function decodePathBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString("utf8") : decodeRawPath(buffer.toString("latin1"));
}

/** A path in text form as `node:fs` takes it: Node.js would replace a lone surrogate, and the file is then not found. */
export function toNativePath(text: string): string | Buffer {
  return text.isWellFormed() ? text : encodePathBytes(text);
}

/** A path in text form for messages: in quotes with escapes when it has characters that a terminal or a log would not show as they are. */
export function showPath(text: string): string {
  return /["\\\u2028\u2029]|\p{Cc}/u.test(text) || !text.isWellFormed() ? JSON.stringify(text) : text;
}

/** Length of the well-formed UTF-8 sequence that starts at `at`, or 0 when there is none. */
function measureSequence(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
