import { type FileHandle, open } from "node:fs/promises";

const chunkBytes = 1 << 20;

/**
 * Throws unless both files hold the same bytes; with `isPart` the second may end earlier. A contender that writes something else has not done the
 * same work.
 */
export async function requireSameOutput(
  expectedFile: string,
  foundFile: string,
  contender: string,
  isPart: boolean,
): Promise<void> {
  const expected = await open(expectedFile);
  const found = await open(foundFile);
  try {
    const offset = await findDifference(expected, found, isPart);
    if (offset === null) return;
    throw new Error(`the output of ${contender} differs from ours at byte ${offset}: ${foundFile} and ${expectedFile}`);
  } finally {
    await expected.close();
    await found.close();
  }
}

async function findDifference(expected: FileHandle, found: FileHandle, isPart: boolean): Promise<number | null> {
  const a = Buffer.alloc(chunkBytes);
  const b = Buffer.alloc(chunkBytes);
  for (let offset = 0; ; offset += chunkBytes) {
    const aBytes = await readFully(expected, a, offset);
    const bBytes = await readFully(found, b, offset);
    const common = Math.min(aBytes, bBytes);
    if (!a.subarray(0, common).equals(b.subarray(0, common))) {
      for (let index = 0; index < common; index++) if (a[index] !== b[index]) return offset + index;
    }
    if (aBytes !== bBytes) return isPart && bBytes < aBytes ? null : offset + common;
    if (aBytes < chunkBytes) return null;
  }
}

/** A read may bring less than asked before the end of the file. */
async function readFully(file: FileHandle, into: Buffer, offset: number): Promise<number> {
  let total = 0;
  while (total < into.byteLength) {
    const { bytesRead } = await file.read(into, total, into.byteLength - total, offset + total);
    if (bytesRead === 0) break;
    total += bytesRead;
  }
  return total;
}
