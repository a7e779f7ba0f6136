import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRawPath } from "../storage/path-bytes.ts";
import { comparePaths, findName, sortNames } from "./order.ts";

const rawName = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.string({ unit: "binary", minLength: 1, maxLength: 4 }).map(encodeRawPath),
);

describe("input order", () => {
  test("is the order of the bytes, as Buffer.compare has it", () => {
    fc.assert(
      fc.property(fc.array(rawName, { maxLength: 50 }), (names) => {
        const expected = names.map((name) => Buffer.from(name, "latin1")).sort(Buffer.compare);
        expect(sortNames([...names])).toEqual(expected.map((bytes) => bytes.toString("latin1")));
      }),
    );
  });

  test("differs from the order of UTF-16 text where that is wrong", () => {
    const names = ["\u{1f600}", "\ufffd"];
    expect([...names].sort()).toEqual(names);
    expect(sortNames(names.map(encodeRawPath))).toEqual([...names].reverse().map(encodeRawPath));
  });

  test("a folder stands at the place of its name, whatever byte follows", () => {
    const paths = ["a/x", "a", "a-b", "a.txt", "a/b/c", "a0", "a/b"];
    expect(paths.sort(comparePaths)).toEqual(["a", "a/b", "a/b/c", "a/x", "a-b", "a.txt", "a0"]);
  });

  test("finding a name gives the first that is not below it", () => {
    fc.assert(
      fc.property(fc.array(rawName, { maxLength: 30 }), rawName, (names, wanted) => {
        const sorted = sortNames(names);
        const at = findName(sorted, wanted);
        expect(sorted.slice(0, at).every((name) => name < wanted)).toBe(true);
        expect(sorted.slice(at).every((name) => name >= wanted)).toBe(true);
      }),
    );
  });
});
