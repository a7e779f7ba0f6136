/**
 * Frames of the wire, see protocol/README.md. A frame is a 16-byte prelude (magic, two lengths, CRC of the header), a JSON header and an opaque payload.
 * The cases in protocol/cases/ are read by the tests of this file and of its Python twin, python/batchwise_worker/wire.py.
 */

import { isUtf8 } from "node:buffer";
import { crc32 } from "node:zlib";

export const preludeBytes = 16;
export const maxHeaderBytes = 1 << 20;
export const maxPayloadBytes = 8 << 20;

const magic = 0x42574631; // "BWF1"

export interface Frame {
  readonly header: { readonly t: string; readonly [key: string]: unknown };
  /** A view that stays valid: the reader never writes into memory that it has handed out. */
  readonly payload: Uint8Array;
}

/** The other side broke the protocol; nothing that comes after it can be trusted. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Encodes one frame into one buffer: prelude, header, and the payload parts joined. */
export function encodeFrame(header: { readonly t: string }, payloadParts: readonly Uint8Array[] = []): Buffer {
  const json = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(json);
  let payloadBytes = 0;
  for (const part of payloadParts) payloadBytes += part.byteLength;
  if (headerBytes > maxHeaderBytes || payloadBytes > maxPayloadBytes) {
    throw new WireError(
      `a frame "${header.t}" of ${headerBytes} + ${payloadBytes} bytes is larger than the wire allows`,
    );
  }
  const frame = Buffer.allocUnsafe(preludeBytes + headerBytes + payloadBytes);
  frame.writeUInt32BE(magic, 0);
  frame.writeUInt32BE(headerBytes, 4);
  frame.writeUInt32BE(payloadBytes, 8);
  frame.write(json, preludeBytes, "utf8");
  frame.writeUInt32BE(crc32(frame.subarray(preludeBytes, preludeBytes + headerBytes)), 12);
  let offset = preludeBytes + headerBytes;
  for (const part of payloadParts) {
    frame.set(part, offset);
    offset += part.byteLength;
  }
  return frame;
}

/**
 * Cuts a byte stream into frames. A frame that lies whole in one chunk is not copied.
 *
 * @example const reader = new FrameReader(); for (const frame of reader.push(chunk)) handle(frame);
 */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  /** Bytes of a frame that has begun and is not whole yet. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Takes a chunk and returns the frames that are whole now. Throws WireError at the first one that is not a frame. */
  push(chunk: Buffer): Frame[] {
    this.#append(chunk);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#takeFrame();
      if (frame === null) return frames;
      frames.push(frame);
    }
  }

  #append(chunk: Buffer): void {
    const pending = this.pendingBytes;
    if (pending === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.byteLength;
      return;
    }
    if (this.#end + chunk.byteLength > this.#buffer.byteLength) {
      // Room for the whole frame when its size is known, so that a large payload is copied once; never more than the caps allow.
      const wanted = Math.max(this.#frameBytes() ?? 0, pending + chunk.byteLength, 64 * 1024);
      const grown = Buffer.allocUnsafeSlow(wanted);
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = pending;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.byteLength;
  }

  /** Size of the frame that begins at the start, once its prelude is there; checks the prelude. */
  #frameBytes(): number | null {
    if (this.pendingBytes < preludeBytes) return null;
    const found = this.#buffer.readUInt32BE(this.#start);
    if (found !== magic)
      throw new WireError(`expected a frame, found the bytes 0x${found.toString(16).padStart(8, "0")}`);
    const headerBytes = this.#buffer.readUInt32BE(this.#start + 4);
    const payloadBytes = this.#buffer.readUInt32BE(this.#start + 8);
    if (headerBytes > maxHeaderBytes)
      throw new WireError(`a header of ${headerBytes} bytes is over the cap of ${maxHeaderBytes}`);
    if (payloadBytes > maxPayloadBytes) {
      throw new WireError(`a payload of ${payloadBytes} bytes is over the cap of ${maxPayloadBytes}`);
    }
    return preludeBytes + headerBytes + payloadBytes;
  }

  #takeFrame(): Frame | null {
    const frameBytes = this.#frameBytes();
    if (frameBytes === null || this.pendingBytes < frameBytes) return null;
    const headerStart = this.#start + preludeBytes;
    const headerEnd = headerStart + this.#buffer.readUInt32BE(this.#start + 4);
    const headerView = this.#buffer.subarray(headerStart, headerEnd);
    if (crc32(headerView) !== this.#buffer.readUInt32BE(this.#start + 12))
      throw new WireError("the CRC of a header is wrong");
    const header = parseHeader(headerView);
    const payload = this.#buffer.subarray(headerEnd, this.#start + frameBytes);
    this.#start += frameBytes;
    return { header, payload };
  }
}

function parseHeader(bytes: Buffer): Frame["header"] {
  // Without this, bytes that are no UTF-8 would silently become U+FFFD.
  if (!isUtf8(bytes)) throw new WireError("a header is not UTF-8");
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new WireError("a header is not JSON", { cause });
  }
  if (
    typeof header !== "object" ||
    header === null ||
    Array.isArray(header) ||
    typeof (header as { t?: unknown }).t !== "string"
  ) {
    throw new WireError("a header is not an object with a name t");
  }
  return header as Frame["header"];
}
