import { describe, expect, test } from "vitest";
import { compileFilter, compileGlobs, splitGlob } from "./globs.ts";

describe("globs", () => {
  const matching: [patterns: string[], path: string, matches: boolean][] = [
    [["*.png"], "a.png", true],
    [["*.png"], "deep/below/a.png", true],
    [["*.png"], ".hidden.png", true],
    [["*.png"], "a.jpg", false],
    [["sub/*.png"], "sub/a.png", true],
    [["sub/*.png"], "other/sub/a.png", false],
    [["sub/*.png"], "sub/deep/a.png", false],
    [["./sub/*.png"], "sub/a.png", true],
    [["**/x/**"], "a/x/b/c", true],
    [["*.{png,jpg}"], "a.jpg", true],
    [["*.png", "*.jpg"], "a.jpg", true],
    [["sub/"], "a/sub/b/c.png", true],
    [["sub/"], "a/sub", true],
    [["a/sub/"], "b/a/sub/c.png", false],
    [["!*.png"], "a.jpg", true],
    [["!*.png"], "sub/a.png", false],
    [["*.png", "!a*"], "b.png", true],
    [["*.png", "!a*"], "a.png", false],
    [["!(a|b).png"], "c.png", true],
    [["!(a|b).png"], "a.png", false],
    [["é*"], "été", true],
    [["*.txt"], "bad\udcff.txt", true],
    [["new*"], "new\nline", true],
    [["[ab].txt"], "b.txt", true],
    [["\\[ab\\].txt"], "[ab].txt", true],
  ];
  test.each(matching)("%j and %j: %s", (patterns, path, matches) => {
    expect(compileGlobs(patterns)(path)).toBe(matches);
  });

  test("one that cannot be read is refused, by name", () => {
    for (const pattern of ["[ab", "a/(b", "", "!"]) {
      expect(() => compileGlobs([pattern]), pattern).toThrow(expect.objectContaining({ code: "input_glob_invalid" }));
    }
  });

  test("of an input is split into the folder to walk and the rest", () => {
    expect(splitGlob("/data/**/*.png")).toEqual({ base: "/data", pattern: "**/*.png" });
    expect(splitGlob("/data/a b/2024-*/x.csv")).toEqual({ base: "/data/a b", pattern: "2024-*/x.csv" });
    expect(splitGlob("/*.png")).toEqual({ base: "/", pattern: "*.png" });
    expect(splitGlob("/data/{a,b}/x")).toEqual({ base: "/data", pattern: "{a,b}/x" });
  });

  test("of an input match the whole path below its folder", () => {
    const filter = compileFilter("*.png", [], [])!;
    expect(filter.takesFile("a.png")).toBe(true);
    expect(filter.takesFile("sub/a.png")).toBe(false);
    expect(filter.entersFolder("sub")).toBe(false);
  });

  test("folders that cannot hold a match are not entered", () => {
    const entered = (glob: string, folder: string) => compileFilter(glob, [], [])!.entersFolder(folder);
    expect(entered("2024-*/x.csv", "2024-01")).toBe(true);
    expect(entered("2024-*/x.csv", "2023-01")).toBe(false);
    expect(entered("2024-*/x.csv", "2024-01/deeper")).toBe(false);
    expect(entered("a/**/x", "a/b/c")).toBe(true);
    expect(entered("a/**/x", "b")).toBe(false);
    expect(entered("**/*.png", "any/folder")).toBe(true);
    expect(entered("{a/b,c}/*.png", "a/b")).toBe(true);
  });

  test("to exclude leave out all that is in a folder they match", () => {
    const filter = compileFilter(null, ["*.txt"], [".git", "tmp/*"])!;
    expect(filter.entersFolder("sub/.git")).toBe(false);
    expect(filter.entersFolder("tmp/a")).toBe(false);
    expect(filter.entersFolder("sub")).toBe(true);
    expect(filter.takesFile("sub/a.txt")).toBe(true);
    expect(filter.takesFile("tmp/a.txt")).toBe(false);
    expect(filter.takesFile("a.png")).toBe(false);
  });

  test("to exclude may take something in again", () => {
    const taken = (exclude: string[], path: string) => {
      const filter = compileFilter(null, [], exclude)!;
      const folders = path.split("/").slice(0, -1);
      return (
        folders.every((_, at) => filter.entersFolder(folders.slice(0, at + 1).join("/"))) && filter.takesFile(path)
      );
    };
    expect(taken(["tmp", "!keep*"], "a/tmp/b/keep.txt")).toBe(true);
    expect(taken(["tmp", "!keep*"], "a/tmp/b/other.txt")).toBe(false);
    expect(taken(["*", "!*.png"], "a/b/c.png")).toBe(true);
    expect(taken(["*", "!*.png"], "a/b/c.jpg")).toBe(false);
    expect(taken(["!*.png"], "a/b/c.png")).toBe(true);
    expect(taken(["!*.png"], "a/b/c.jpg")).toBe(false);
  });

  test("without any there is nothing to filter", () => {
    expect(compileFilter(null, [], [])).toBeNull();
  });
});
