import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { combineCrc32 } from "./crc.ts";

test("the CRC of two byte strings joined is that of the whole", () => {
  const bytes = fc.uint8Array({ maxLength: 5000 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
    }),
  );
});

test("long byte strings are joined as well", () => {
  const long = Buffer.alloc(3_000_001, "x");
  expect(combineCrc32(crc32("head"), crc32(long), long.length)).toBe(crc32(Buffer.concat([Buffer.from("head"), long])));
});
