import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeItems } from "../storage/item-payload.ts";
import { columnsPerMiniBatch, type EntrySource, type PackedChunk, packEntries, packLimits } from "./pack.ts";
import { reject, type Walked } from "./walk.ts";

/** Entries named by their number; true is an item, false a rejected entry. */
function makeSource(kinds: readonly boolean[], from = 0): EntrySource {
  let taken = from;
  return {
    *[Symbol.iterator](): Generator<Walked> {
      for (; taken < kinds.length; ) {
        const name = String(taken).padStart(4, "0");
        const isItem = kinds[taken]!;
        taken += 1;
        if (isItem) yield { kind: "item", folder: `/d${taken % 3}/`, name, size: taken, mtimeMs: taken + 0.5 };
        else yield reject("/d/", name, "vanished", "is gone");
      }
    },
    cursor: () => ({ input: 0, path: String(taken) }),
  };
}

interface MiniBatch {
  readonly names: string[];
  readonly bytes: number;
}

function open(chunk: PackedChunk): MiniBatch[] {
  const miniBatches: MiniBatch[] = [];
  let offset = 0;
  for (let at = 0; at < chunk.columns.length; at += columnsPerMiniBatch) {
    const [items, bytes, length, crc] = chunk.columns.subarray(at);
    const payload = new Uint8Array(chunk.payloads, offset, length);
    offset += length!;
    expect(crc32(payload)).toBe(crc);
    const names = decodeItems(payload).map(({ name }) => name);
    expect(names.length).toBe(items);
    miniBatches.push({ names, bytes: bytes! });
  }
  expect(offset).toBe(chunk.payloads.byteLength);
  return miniBatches;
}

const kinds = fc.array(
  fc.integer({ min: 0, max: 3 }).map((value) => value > 0),
  { maxLength: 200 },
);
const limits = fc.record({
  chunkBytes: fc.integer({ min: 1, max: 2000 }),
  chunkMiniBatches: fc.integer({ min: 1, max: 8 }),
  chunkMs: fc.constantFrom(0, 1000),
  rejectedEntries: fc.constantFrom(5, 1000),
  payloadBytes: fc.constant(1e6),
});

describe("packing", () => {
  test("makes mini-batches of N items in input order, whatever the chunks", () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 12 }), limits, (entries, size, chunkLimits) => {
        const chunks = [...packEntries(makeSource(entries), size, { ...chunkLimits, rejectedEntries: 1e6 })];
        const miniBatches = chunks.flatMap(open);
        const names = entries.flatMap((isItem, at) => (isItem ? [String(at).padStart(4, "0")] : []));
        expect(miniBatches.flatMap((miniBatch) => miniBatch.names)).toEqual(names);
        expect(miniBatches.slice(0, -1).every((miniBatch) => miniBatch.names.length === size)).toBe(true);
        expect(
          miniBatches.every(({ names: own, bytes }) => bytes === own.reduce((sum, name) => sum + Number(name) + 1, 0)),
        ).toBe(true);
        expect(chunks.flatMap(({ rejected }) => rejected).length).toBe(entries.length - names.length);
      }),
    );
  });

  test("from the cursor of any chunk on, packs the rest as the whole listing does", () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 12 }), limits, fc.nat(), (entries, size, chunkLimits, pick) => {
        const chunks = [...packEntries(makeSource(entries), size, chunkLimits)];
        fc.pre(chunks.length > 0);
        const cut = pick % chunks.length;
        const from = Number(chunks[cut]!.cursor.path);
        const resumed = [...packEntries(makeSource(entries, from), size, chunkLimits)];
        expect(resumed.flatMap(open)).toEqual(chunks.slice(cut + 1).flatMap(open));
        const rejected = (some: readonly PackedChunk[]) => some.flatMap((chunk) => chunk.rejected);
        expect(rejected(resumed)).toEqual(rejected(chunks.slice(cut + 1)));
      }),
    );
  });

  test("the first chunk holds one mini-batch, later ones grow up to the limit", () => {
    const chunks = [...packEntries(makeSource(new Array(20_000).fill(true)), 5, { ...packLimits, chunkMs: 1e6 })];
    expect(chunks.map(({ columns }) => columns.length / columnsPerMiniBatch)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 512, 512, 512, 417,
    ]);
  });

  test("nothing gives no chunk, only rejected entries give one without mini-batches", () => {
    expect([...packEntries(makeSource([]), 3)]).toEqual([]);
    const [chunk, ...more] = packEntries(makeSource([false, false]), 3);
    expect(more).toEqual([]);
    expect(chunk!.columns.length).toBe(0);
    expect(chunk!.cursor.path).toBe("2");
    expect(chunk!.rejected[1]).toEqual({ path: "/d/0001", outcome: "skipped", reason: "vanished", detail: "is gone" });
  });

  test("many rejected entries are not kept back for a mini-batch that does not fill", () => {
    const chunks = [
      ...packEntries(makeSource([true, ...new Array(25).fill(false)]), 3, { ...packLimits, rejectedEntries: 10 }),
    ];
    expect(chunks.map(({ rejected }) => rejected.length)).toEqual([10, 10, 5]);
    expect(chunks.flatMap(open)).toEqual([{ names: ["0000"], bytes: 1 }]);
  });

  test("a mini-batch whose paths do not fit a frame is refused", () => {
    const source = makeSource(new Array(100).fill(true));
    expect(() => [...packEntries(source, 100, { ...packLimits, payloadBytes: 500 })]).toThrow(
      expect.objectContaining({ code: "mini_batch_too_large" }),
    );
  });
});
