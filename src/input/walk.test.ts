import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { decodeRawPath, encodeRawPath } from "../storage/path-bytes.ts";
import { comparePaths } from "./order.ts";
import { type Walked, walkFolder } from "./walk.ts";

function walk(folder: string, after: string | null = null): Walked[] {
  return [...walkFolder(encodeRawPath(folder), null, after)];
}

/** Paths relative to the folder; rejected entries with their reason. */
function describeWalk(folder: string, walked: readonly Walked[]): string[] {
  return walked.map((entry) => {
    const path = decodeRawPath(entry.folder + entry.name).slice(folder.length + 1);
    return entry.kind === "item" ? path : `${path} ${entry.outcome} ${entry.reason}`;
  });
}

describe("walk", () => {
  test("goes depth-first, names sorted by bytes, a folder at the place of its name", () => {
    const folder = makeTempFolder();
    writeTree(folder, { "b.txt": "", "a/z": "", "a/b/c": "", "a-b": "", "a.txt": "", Z: "", ".hidden": "", é: "" });
    mkdirSync(join(folder, "empty"));
    expect(describeWalk(folder, walk(folder))).toEqual([".hidden", "Z", "a/b/c", "a/z", "a-b", "a.txt", "b.txt", "é"]);
  });

  test("an item carries size and time of its file", () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a.txt": "12345" });
    const { size, mtimeMs } = statSync(join(folder, "a.txt"));
    expect(walk(folder)).toEqual([{ kind: "item", folder: `${folder}/`, name: "a.txt", size: 5, mtimeMs }]);
    expect(size).toBe(5);
  });

  test("odd names are names like others", () => {
    const folder = makeTempFolder();
    const names = [
      "new\nline",
      "ta\tb",
      'qu"ote',
      "-rf",
      "%00",
      "x".repeat(255),
      "\u{1f600}",
      "e\u0301",
      "\u00e9",
      " ",
      "a\\b",
    ];
    for (const name of names) writeFileSync(join(folder, name), name);
    writeFileSync(Buffer.from(`${folder}/bad\xff\xfe`, "latin1"), "bytes");
    mkdirSync(Buffer.from(`${folder}/folder\xff`, "latin1"));
    writeFileSync(Buffer.from(`${folder}/folder\xff/\xe9`, "latin1"), "bytes");
    const expected = [...names, "bad\udcff\udcfe", "folder\udcff/\udce9"].map(encodeRawPath).sort().map(decodeRawPath);
    expect(describeWalk(folder, walk(folder))).toEqual(expected);
  });

  test("links to files and folders are followed, hard links are items of their own", () => {
    const folder = makeTempFolder();
    const outside = makeTempFolder();
    writeTree(outside, { "far.txt": "far" });
    writeTree(folder, { "a.txt": "a", "d/e.txt": "e" });
    linkSync(join(folder, "a.txt"), join(folder, "hard.txt"));
    symlinkSync("a.txt", join(folder, "link.txt"));
    symlinkSync("d", join(folder, "link-to-d"));
    symlinkSync(outside, join(folder, "outside"));
    expect(describeWalk(folder, walk(folder))).toEqual([
      "a.txt",
      "d/e.txt",
      "hard.txt",
      "link-to-d/e.txt",
      "link.txt",
      "outside/far.txt",
    ]);
  });

  test("links that lead back up, in circles or nowhere are skipped", () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a/b/c.txt": "", "x/1": "", "y/1": "" });
    symlinkSync("../..", join(folder, "a/b/up"));
    symlinkSync(".", join(folder, "a/self"));
    symlinkSync("../y", join(folder, "x/y"));
    symlinkSync("../x", join(folder, "y/x"));
    symlinkSync("round", join(folder, "round"));
    symlinkSync("missing", join(folder, "dangling"));
    symlinkSync("x/1/below-a-file", join(folder, "dangling-2"));
    expect(describeWalk(folder, walk(folder))).toEqual([
      "a/b/c.txt",
      "a/b/up skipped link_loop",
      "a/self skipped link_loop",
      "dangling skipped dangling_link",
      "dangling-2 skipped dangling_link",
      "round skipped link_loop",
      "x/1",
      "x/y/1",
      "x/y/x skipped link_loop",
      "y/1",
      "y/x/1",
      "y/x/y skipped link_loop",
    ]);
  });

  test("FIFOs, sockets and devices are skipped, and nothing waits for them", async () => {
    const folder = makeTempFolder();
    execFileSync("mkfifo", [join(folder, "fifo")]);
    symlinkSync("/dev/null", join(folder, "null"));
    mkdirSync(join(folder, "folder.csv"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
    try {
      const walked = walk(folder);
      expect(describeWalk(folder, walked)).toEqual([
        "fifo skipped not_regular_file",
        "null skipped not_regular_file",
        "socket skipped not_regular_file",
      ]);
      expect(walked.map((entry) => entry.kind === "rejected" && entry.detail)).toEqual([
        "is a FIFO",
        "is a device",
        "is a socket",
      ]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("files and folders that go while the walk is on are reported as vanished", () => {
    const folder = makeTempFolder();
    writeTree(folder, { a: "", b: "", "c/d": "", e: "" });
    const walked: Walked[] = [];
    for (const entry of walkFolder(folder, null, null)) {
      walked.push(entry);
      if (entry.name === "a") for (const name of ["b", "c"]) rmSync(join(folder, name), { recursive: true });
    }
    expect(describeWalk(folder, walked)).toEqual(["a", "b skipped vanished", "c skipped vanished", "e"]);
  });

  test("a folder that cannot be read counts as failed, and the walk goes on", () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a/1": "", "b/1": "", "c/1": "", "d/1": "" });
    execFileSync("chmod", ["755", folder]);
    execFileSync("chmod", ["000", join(folder, "b")]);
    execFileSync("chmod", ["444", join(folder, "c")]);
    const walked = walkAsNobody(folder);
    expect(describeWalk(folder, walked)).toEqual(["a/1", "b failed unreadable_folder", "c/1 failed unreadable", "d/1"]);
    expect(walked[1]).toMatchObject({ detail: "permission denied" });
  });

  test("goes down a thousand folders, and rejects a path beyond PATH_MAX", () => {
    const folder = makeTempFolder();
    makeDeepFolder(join(folder, "deep"), "d", 1000);
    makeDeepFolder(join(folder, "long"), "n".repeat(50), 100);
    const walked = walk(folder);
    expect(walked.map(({ kind }) => kind)).toEqual(["item", "rejected"]);
    expect(decodeRawPath(walked[0]!.folder)).toBe(`${folder}/deep/${"d/".repeat(1000)}`);
    expect(walked[1]).toMatchObject({ outcome: "failed", detail: "its path is longer than 4,096 bytes" });
  });

  test("a large folder, which is read in another way, comes in the same order", () => {
    const folder = makeTempFolder();
    mkdirSync(join(folder, "many"));
    const names: string[] = [];
    for (let index = 0; index < 5000; index += 1) names.push(`${(index * 7919) % 5000}-${"x".repeat(40)}`);
    for (const name of names) writeFileSync(join(folder, "many", name), "");
    const expected = names.map((name) => `many/${name}`).sort();
    expect(describeWalk(folder, walk(folder))).toEqual(expected);
    expect(describeWalk(folder, walk(folder, expected[1234]))).toEqual(expected.slice(1235));
    expect(statSync(join(folder, "many")).size).toBeGreaterThanOrEqual(64 * 1024);
  });

  test("any tree: the order is that of comparePaths, and from any entry on the rest follows, changed or not", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "-", ".x", "0", "é"), minLength: 1, maxLength: 3 });
    const tree = fc.uniqueArray(
      fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
      {
        minLength: 1,
        maxLength: 25,
      },
    );
    fc.assert(
      fc.property(tree, tree, fc.nat(), fc.boolean(), (paths, laterPaths, pick, isDeleted) => {
        const folder = makeTree(paths);
        const whole = describeWalk(folder, walk(folder)).map(encodeRawPath);
        expect(whole).toEqual([...whole].sort(comparePaths));
        expect(new Set(whole).size).toBe(countFiles(folder));

        const cursor = whole[pick % whole.length]!;
        expect(walkRaw(folder, cursor)).toEqual(whole.slice(whole.indexOf(cursor) + 1));

        if (isDeleted) rmSync(join(folder, decodeRawPath(cursor)));
        addFiles(folder, laterPaths);
        const changed = walkRaw(folder, null);
        // A folder that took the place of the entry counts as that entry.
        const isAfter = (path: string) => comparePaths(path, cursor) > 0 && !path.startsWith(`${cursor}/`);
        expect(walkRaw(folder, cursor)).toEqual(changed.filter(isAfter));
      }),
      { numRuns: 100 },
    );
  });

  test("begins after an entry whose folders have become something else", () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a/b/c": "", "a/d": "", e: "" });
    rmSync(join(folder, "a"), { recursive: true });
    expect(describeWalk(folder, walk(folder, "a/b/c"))).toEqual(["e"]);
    writeFileSync(join(folder, "a"), "a file now");
    expect(describeWalk(folder, walk(folder, "a/b/c"))).toEqual(["e"]);
    rmSync(join(folder, "a"));
    symlinkSync("missing", join(folder, "a"));
    expect(describeWalk(folder, walk(folder, "a/b/c"))).toEqual(["e"]);
    writeTree(folder, { "f/g": "" });
    expect(describeWalk(folder, walk(folder, "f"))).toEqual([]);
  });
});

function walkRaw(folder: string, after: string | null): string[] {
  return describeWalk(folder, walk(folder, after)).map(encodeRawPath);
}

function makeTree(paths: readonly string[]): string {
  const folder = makeTempFolder();
  addFiles(folder, paths);
  return folder;
}

/** Makes the files that can be made: where a file stands in the way of a folder, or the other way round, the first one wins. */
function addFiles(folder: string, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      writeTree(folder, { [path]: path });
    } catch {}
  }
}

function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

/** `count` folders inside each other, a file in the innermost. Made step by step, for the whole path may be longer than a path may be. */
function makeDeepFolder(top: string, name: string, count: number): void {
  const script = `import os, sys
os.mkdir(sys.argv[1]); os.chdir(sys.argv[1])
for _ in range(int(sys.argv[3])): os.mkdir(sys.argv[2]); os.chdir(sys.argv[2])
open("file", "w").close()`;
  execFileSync("python3", ["-c", script, top, name, String(count)]);
}

/** The superuser may read everything, so the walk is done as somebody else where the tests run as root. */
function walkAsNobody(folder: string): Walked[] {
  if (process.geteuid!() !== 0) return walk(folder);
  process.seteuid!(65534);
  try {
    return walk(folder);
  } finally {
    process.seteuid!(0);
  }
}
