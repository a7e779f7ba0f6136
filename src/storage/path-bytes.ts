/**
 * Paths as strings that keep every byte. A file name is bytes; Node.js replaces those that are not UTF-8 when it makes a string, and the file is
 * then not found. Here such a byte 0xNN is the lone surrogate U+DCNN, as Python's `surrogateescape` has it, so a path is the same string on both
 * sides of the wire and every path has exactly one string.
 */

import { Buffer, isUtf8 } from "node:buffer";

const firstEscape = 0xdc80;
const lastEscape = 0xdcff;

/** The bytes of a path. Throws a RangeError on a surrogate that does not stand for a byte: `decodePath` never makes one. */
export function encodePath(path: string): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, "utf8");
  const parts: Buffer[] = [];
  let plainFrom = 0;
  for (let at = 0; at < path.length; at++) {
    const unit = path.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = at + 1 < path.length ? path.charCodeAt(at + 1) : 0;
    if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
      at++; // a pair: one character beyond U+FFFF
      continue;
    }
    if (unit < firstEscape || unit > lastEscape) {
      throw new RangeError(`path ${JSON.stringify(path)} has a surrogate at ${at} that stands for no byte`);
    }
    parts.push(Buffer.from(path.slice(plainFrom, at), "utf8"), Buffer.of(unit & 0xff));
    plainFrom = at + 1;
  }
  parts.push(Buffer.from(path.slice(plainFrom), "utf8"));
  return Buffer.concat(parts);
}

/** The string of a path's bytes. */
export function decodePath(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  let path = "";
  let plainFrom = 0;
  for (let at = 0; at < buffer.length; ) {
    const length = utf8Length(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    path += buffer.toString("utf8", plainFrom, at) + String.fromCharCode(0xdc00 | buffer[at]!);
    at++;
    plainFrom = at;
  }
  return path + buffer.toString("utf8", plainFrom);
}

/** What to hand to a function of `node:fs`: the string itself when it survives the way, else bytes. */
export function toFsPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodePath(path);
}

/** A path for messages and logs: no control characters, no lone surrogates. */
export function showPath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029"\\]/.test(path) || !path.isWellFormed() ? JSON.stringify(path) : path;
}

/** Length of the whole, valid UTF-8 sequence at `at`, or 0 when there is none. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
