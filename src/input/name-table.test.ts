import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameTable } from "./name-table.ts";

function drain(table: NameTable): string[] {
  const names: string[] = [];
  for (let name = table.next(); name !== null; name = table.next()) names.push(name);
  return names;
}

function fill(names: Iterable<string>): NameTable {
  const table = new NameTable();
  for (const name of names) table.add(name);
  return table;
}

describe("name table", () => {
  test("gives any set of names in the order of their bytes", () => {
    // Few letters and long common beginnings, so that keys are often equal and names often end early.
    const name = fc
      .tuple(
        fc.constantFrom("", "image_", "a-very-long-common-beginning-of-a-name-"),
        fc.string({ unit: fc.constantFrom("a", "b", "\xff", "\x01", "."), minLength: 1, maxLength: 12 }),
      )
      .map(([start, rest]) => start + rest);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1500, maxLength: 3000, size: "max" }), (names) => {
        expect(drain(fill(names))).toEqual([...names].sort());
      }),
      { numRuns: 30 },
    );
  });

  test("gives 200,000 names in order, in whatever order they came", () => {
    const sorted = Array.from({ length: 200_000 }, (_, index) => `image_${String(index).padStart(7, "0")}.png`);
    expect(drain(fill(sorted))).toEqual(sorted);
    expect(drain(fill([...sorted].reverse()))).toEqual(sorted);
    expect(drain(fill(sorted.map((_, index) => sorted[(index * 7919) % sorted.length]!)))).toEqual(sorted);
  });

  test("names of 255 bytes fill blocks to their very end", () => {
    const names = Array.from({ length: 8192 }, (_, index) => String(index).padStart(255, "x"));
    expect(drain(fill(names))).toEqual([...names].sort());
  });

  test("an empty table gives nothing", () => {
    const table = new NameTable();
    expect(table.next()).toBeNull();
    expect(table.next()).toBeNull();
  });
});
