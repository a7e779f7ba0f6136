import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeGroup, encodeGroup } from "./group-codec.ts";
import type { LedgerGroup } from "./ledger-types.ts";

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 20 });
const text = fc.string({ unit: "binary" });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const plan = fc.record(
  { id: count, firstItem: count, items: count, bytes: count, payload: bytes, crc: count, parent: count },
  { requiredKeys: ["id", "firstItem", "items", "bytes", "payload", "crc"] },
);
const result = fc.record({
  miniBatch: count,
  attempt: count,
  rows: fc.oneof(fc.record({ bytes: fc.array(bytes, { maxLength: 3 }) }), fc.record({ spoolFile: text })),
  rowsBytes: count,
  rowsCrc: count,
  rowCount: count,
  elements: count,
  scored: count,
  failed: count,
  columns: nullable(fc.array(fc.constantFrom("a", "b"), { maxLength: 2 })),
  files: nullable(fc.record({ folder: text, entries: fc.array(fc.tuple(text, count), { maxLength: 2 }) })),
});
const attempt = fc.record({
  miniBatch: count,
  attempt: count,
  outcome: fc.constantFrom("succeeded" as const, "failed" as const, "lost" as const),
  reason: nullable(text),
  worker: count,
  startedUs: count,
  runUs: count,
  cpuUs: count,
  maxRss: count,
  logStart: count,
  logEnd: count,
  error: nullable(text),
});
const group: fc.Arbitrary<LedgerGroup> = fc.record({
  plan: fc.array(plan),
  replaced: fc.array(count),
  results: fc.array(result),
  attempts: fc.array(attempt),
  quarantined: fc.array(count),
  unscored: fc.constant([]),
  cursor: nullable(text),
  planComplete: fc.boolean(),
});

test("a group comes out of its encoded form as it went in, also through a clone", () => {
  fc.assert(
    fc.property(group, (before) => {
      const encoded = encodeGroup(before);
      const after = decodeGroup(structuredClone(encoded, { transfer: [encoded.bytes.buffer, encoded.numbers.buffer] }));
      expect(joinRows(after)).toEqual(joinRows(before));
    }),
  );
});

/** Rows in memory come back as one piece. */
function joinRows(value: LedgerGroup): unknown {
  const results = value.results.map((entry) => {
    const rows = "bytes" in entry.rows ? { bytes: Buffer.concat(entry.rows.bytes) } : entry.rows;
    return { ...entry, rows };
  });
  return { ...value, results };
}
