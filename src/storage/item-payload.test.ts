import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeItems, encodeItems, type Item, ItemWriter } from "./item-payload.ts";
import { decodeRawPath } from "./path-bytes.ts";

const name = fc
  .oneof(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.constant(Buffer.from('a"b\\c\n\t-rf \u007f\u2028')))
  .map((bytes) => decodeRawPath(Buffer.from(bytes).toString("latin1")));
const item: fc.Arbitrary<Item> = fc.record({
  folder: fc.constantFrom("/data/", "/data/é/", "/data/\udcff/"),
  name,
  size: fc.nat(),
  mtimeMs: fc.double({ min: -1e12, max: 4e12, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
});

describe("item payload", () => {
  test("items come back from their payload, whatever their names", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), (items) => {
        expect(decodeItems(encodeItems(items))).toEqual(items);
      }),
    );
  });

  test("is the JSON of the protocol: one list for each run of items of a folder", () => {
    const payload = encodeItems([
      { folder: "/d/", name: "a", size: 1, mtimeMs: 1700000000000.25 },
      { folder: "/d/", name: "b\udcff", size: 0, mtimeMs: 2 },
      { folder: "/d/é/", name: "c", size: 3, mtimeMs: 4 },
    ]);
    expect(payload.toString()).toBe('[["/d/","a",1,1700000000000.25,"b\\udcff",0,2],["/d/é/","c",3,4]]');
  });

  test("a writer can be used again", () => {
    const writer = new ItemWriter();
    writer.add("/d/", "a", 1, 2);
    expect(writer.count).toBe(1);
    expect(writer.finish()).toBe('[["/d/","a",1,2]]');
    expect(writer.finish()).toBe("[]");
  });

  test("something else than a payload is refused", () => {
    expect(() => decodeItems(Buffer.from("{}"))).toThrow(SyntaxError);
    expect(() => decodeItems(Buffer.from('[["/d/","a"]]'))).toThrow(SyntaxError);
  });
});
