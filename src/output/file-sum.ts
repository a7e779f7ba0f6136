import { crc32 } from "node:zlib";
import { readChunks } from "./group-preparation.ts";

/** Length and CRC-32 of bytes. */
export interface Sum {
  readonly bytes: number;
  readonly crc: number;
}

export const noBytes: Sum = { bytes: 0, crc: 0 };

/** Length and CRC-32 of a file. */
export function readSum(path: string): Sum {
  let sum = noBytes;
  for (const chunk of readChunks(path)) sum = addChunk(sum, chunk);
  return sum;
}

export function addChunk(sum: Sum, chunk: Uint8Array): Sum {
  return { bytes: sum.bytes + chunk.byteLength, crc: crc32(chunk, sum.crc) };
}
