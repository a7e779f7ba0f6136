import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  foldersOf,
  joinPath,
  lstatOrNull,
  makeFolder,
  moveFile,
  partialPath,
  removeTree,
  writeFileAtomic,
} from "./durable.ts";
import { decodePathBytes, encodePathBytes, showPath, toNativePath } from "./path-bytes.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-durable-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("an atomic write", () => {
  test("replaces the content whole and leaves nothing beside it", () => {
    const path = join(folder, "x");
    writeFileAtomic(path, ["old"]);
    writeFileAtomic(path, ["n", Buffer.from("ew")]);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["x"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("whose content fails half-way keeps the old one", () => {
    const path = join(folder, "x");
    writeFileAtomic(path, ["old"]);
    function* fail(): Generator<string> {
      yield "new";
      throw new Error("no more");
    }
    expect(() => writeFileAtomic(path, fail())).toThrow("no more");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["x"]);
  });
});

describe("moving a file", () => {
  test("does not touch one that is there, unless told to replace it", () => {
    const [from, to] = [join(folder, "a"), join(folder, "b")];
    writeFileSync(from, "a");
    writeFileSync(to, "b");
    expect(() => moveFile(from, to, false)).toThrow(expect.objectContaining({ code: "EEXIST" }));
    expect(readFileSync(to, "utf8")).toBe("b");
    moveFile(from, to, true);
    expect([readFileSync(to, "utf8"), existsSync(from)]).toEqual(["a", false]);
  });

  test("that was cut off half-way is carried on", () => {
    const [from, to] = [join(folder, "a"), join(folder, "b")];
    writeFileSync(from, "a");
    linkSync(from, to);
    moveFile(from, to, false);
    expect(readdirSync(folder)).toEqual(["b"]);
  });
});

test("folders are made with what is missing above, private unless told otherwise, also below a link", () => {
  makeFolder(join(folder, "a", "b"));
  expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
  makeFolder(join(folder, "open"), 0o777);
  expect(statSync(join(folder, "open")).mode & 0o777).toBe(0o777 & ~process.umask());
  symlinkSync(join(folder, "a"), join(folder, "link"));
  makeFolder(join(folder, "link", "c"));
  expect(statSync(join(folder, "a", "c")).isDirectory()).toBe(true);
});

test("names that are not UTF-8 are files like others", () => {
  const path = joinPath(folder, decodePathBytes(Buffer.from([0x61, 0xff, 0xc3, 0xa9])));
  expect(path).toBe(`${folder}/a\udcffé`);
  writeFileAtomic(path, ["x"]);
  expect(readdirSync(folder, { encoding: "buffer" })).toEqual([Buffer.from([0x61, 0xff, 0xc3, 0xa9])]);
  expect(lstatOrNull(path)?.size).toBe(1);
  removeTree(path);
  expect(lstatOrNull(path)).toBeNull();
  expect(toNativePath(path)).toEqual(encodePathBytes(path));
  expect([showPath(path), showPath("/a b/é"), showPath("/a\n")]).toEqual([JSON.stringify(path), "/a b/é", '"/a\\n"']);
});

test("folders above a relative path, outermost first, and the hidden name of what is being made", () => {
  expect([foldersOf("a/b/c"), foldersOf("c")]).toEqual([["a", "a/b"], []]);
  expect([partialPath("/x/y"), partialPath("y", "tag")]).toEqual(["/x/.y.batchwise.partial", ".y.tag.partial"]);
});
