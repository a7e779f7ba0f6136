import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { encodeRawPath } from "../storage/path-bytes.ts";
import { type ListedPath, readList } from "./list-file.ts";

function read(content: string | Buffer, pieceBytes?: number): { folder: string; listed: ListedPath[] } {
  const folder = makeTempFolder();
  const file = join(folder, "list.txt");
  writeFileSync(file, content);
  return { folder, listed: [...readList(file, pieceBytes)] };
}

describe("list of inputs", () => {
  test("has a path a line, relative to its folder; blank lines are skipped but counted", () => {
    const { folder, listed } = read("a.txt\n\n/abs/b.txt\r\nsub/../c.txt\n\r\n./d/");
    expect(listed).toEqual([
      { line: 1, path: `${folder}/a.txt` },
      { line: 3, path: "/abs/b.txt" },
      { line: 4, path: `${folder}/c.txt` },
      { line: 6, path: `${folder}/d` },
    ]);
  });

  test("separated by NULs holds names with newlines and carriage returns", () => {
    const { folder, listed } = read("a\nb\0c\r\0\0d");
    expect(listed.map(({ path }) => path)).toEqual([`${folder}/a\nb`, `${folder}/c\r`, `${folder}/d`]);
  });

  test("keeps bytes that are not UTF-8, and drops a byte order mark", () => {
    const { folder, listed } = read(Buffer.from("\xef\xbb\xbfa\xff\n\xc3\xa9", "latin1"));
    expect(listed.map(({ path }) => path)).toEqual([`${folder}/a\xff`, `${folder}/\xc3\xa9`]);
  });

  test("an empty list has no paths", () => {
    expect(read("").listed).toEqual([]);
    expect(read("\n\n").listed).toEqual([]);
  });

  test("reads the same whatever the size of its pieces", () => {
    const name = fc.stringMatching(/^[a-zé]{1,12}$/).map(encodeRawPath);
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 30 }),
        fc.constantFrom("\n", "\0"),
        fc.integer({ min: 1, max: 40 }),
        (names, separator, pieceBytes) => {
          const content = Buffer.from(names.map((each) => each + separator).join(""), "latin1");
          const { folder, listed } = read(content, pieceBytes);
          expect(listed).toEqual(names.map((each, at) => ({ line: at + 1, path: `${folder}/${each}` })));
        },
      ),
      { numRuns: 50 },
    );
  });
});
