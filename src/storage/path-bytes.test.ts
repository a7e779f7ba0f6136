import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRawPath, encodePathBytes, encodeRawPath, toFsPath } from "./path-bytes.ts";

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => Buffer.from(text, "utf8")),
  fc
    .array(fc.constantFrom("é", "\u{1f600}", "a", "\xff", "\xe2\x82", "\xed\xa0\x80"), { maxLength: 8 })
    .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part, "latin1")))),
);

describe("path bytes", () => {
  test("any bytes come back after decoding and encoding", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = decodeRawPath(bytes.toString("latin1"));
        expect(encodePathBytes(text).equals(bytes)).toBe(true);
        expect(encodeRawPath(text)).toBe(bytes.toString("latin1"));
      }),
      { numRuns: 1000 },
    );
  });

  test("bytes that are not UTF-8 are what Python's surrogateescape makes of them", () => {
    const cases: [string, string][] = [
      ["bad\xff.txt", "bad\udcff.txt"],
      ["\xe2\x82\xc3\xa9", "\udce2\udc82é"],
      ["\xed\xa0\x80", "\udced\udca0\udc80"],
      ["\xc0\xaf", "\udcc0\udcaf"],
      ["\xf0\x9f\x98\x80", "\u{1f600}"],
      ["\xef\xbb\xbfbom", "\ufeffbom"],
      ["\xef\xbb\xbfbom\xff", "\ufeffbom\udcff"],
    ];
    for (const [raw, text] of cases) expect(decodeRawPath(raw)).toBe(text);
  });

  test("only names beyond ASCII go to node:fs as bytes", () => {
    expect(toFsPath("/a/b")).toBe("/a/b");
    expect(toFsPath("/a/\xff")).toEqual(Buffer.from([0x2f, 0x61, 0x2f, 0xff]));
  });
});
