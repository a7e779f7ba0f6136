import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { decodeItems } from "../storage/item-payload.ts";
import type { ListingChunk, ListingOptions } from "./input.ts";
import { startListing } from "./listing.ts";

const defaults = { include: [], exclude: [], miniBatchSize: 2, firstId: 0, firstItem: 0, after: null };

async function list(options: Partial<ListingOptions> & { inputs: readonly string[] }): Promise<ListingChunk[]> {
  const listing = await startListing({ ...defaults, ...options });
  const chunks: ListingChunk[] = [];
  try {
    for (let chunk = await listing.next(); chunk !== null; chunk = await listing.next()) chunks.push(chunk);
    expect(await listing.next()).toBeNull();
  } finally {
    await listing.close();
  }
  return chunks;
}

function getPaths(chunks: readonly ListingChunk[]): string[] {
  return chunks.flatMap(({ miniBatches }) =>
    miniBatches.flatMap(({ payload }) => decodeItems(payload).map(({ folder, name }) => folder + name)),
  );
}

function getRejected(chunks: readonly ListingChunk[]): string[] {
  return chunks.flatMap(({ rejected }) => rejected.map(({ path, outcome, reason }) => `${path} ${outcome} ${reason}`));
}

describe("listing", () => {
  test("hands over mini-batches with ids, first items, sizes and checksums", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { a: "1", "b/c": "22", "b/\u{1f600}": "333", d: "", e: "55555" });
    const miniBatches = (await list({ inputs: [folder], firstId: 7, firstItem: 100 })).flatMap(
      (chunk) => chunk.miniBatches,
    );
    expect(miniBatches.map(({ id, firstItem, items, bytes }) => [id, firstItem, items, bytes])).toEqual([
      [7, 100, 2, 3],
      [8, 102, 2, 3],
      [9, 104, 1, 5],
    ]);
    for (const { payload, crc } of miniBatches) expect(crc32(payload)).toBe(crc);
    expect(decodeItems(miniBatches[1]!.payload)).toEqual([
      { folder: `${folder}/b/`, name: "\u{1f600}", size: 3, mtimeMs: statSync(join(folder, "b/\u{1f600}")).mtimeMs },
      { folder: `${folder}/`, name: "d", size: 0, mtimeMs: statSync(join(folder, "d")).mtimeMs },
    ]);
  });

  test("takes folders, files, globs and lists, in the order given, each path once", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { "data/a.txt": "", "data/b.png": "", "data/s/c.png": "", "more/d.txt": "", "x [1].txt": "" });
    writeFileSync(join(folder, "list.txt"), "more/d.txt\ndata/a.txt\n./more/../more/d.txt\nmissing\nmore\n");
    symlinkSync("more", join(folder, "again"));
    const inputs = ["x [1].txt", "data/**/*.png", "@list.txt", "data", "again", "again/d.txt"].map((input) =>
      input.startsWith("@") ? `@${join(folder, input.slice(1))}` : join(folder, input),
    );
    const chunks = await list({ inputs });
    const relative = (path: string) => path.replace(`${folder}/`, "");
    expect(getPaths(chunks).map(relative)).toEqual([
      "x [1].txt",
      "data/b.png",
      "data/s/c.png",
      "more/d.txt",
      "data/a.txt",
    ]);
    expect(getRejected(chunks).map(relative)).toEqual([
      "more/d.txt skipped duplicate",
      "missing failed not_found",
      "more skipped not_regular_file",
      "data/a.txt skipped duplicate",
      "data/b.png skipped duplicate",
      "data/s/c.png skipped duplicate",
      "again/d.txt skipped duplicate",
      "again/d.txt skipped duplicate",
    ]);
  });

  test("a folder inside another gives its files once, and those that filters left out there", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a.txt": "", "s/b.txt": "", "s/.git/c.txt": "", "s/d.png": "" });
    const inputs = [folder, join(folder, "s")];
    const chunks = await list({ inputs, include: ["*.txt"], exclude: ["s/.git"] });
    expect(getPaths(chunks)).toEqual([`${folder}/a.txt`, `${folder}/s/b.txt`, `${folder}/s/.git/c.txt`]);
    expect(getRejected(chunks)).toEqual([`${folder}/s/b.txt skipped duplicate`]);
  });

  test("tells the folders that are cut off for the column `file`", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a/x.txt": "", "b/y.txt": "", "list.txt": "" });
    const inputs = [
      join(folder, "a/"),
      join(folder, "b/*.txt"),
      `@${join(folder, "list.txt")}`,
      join(folder, "b/y.txt"),
    ];
    const listing = await startListing({ ...defaults, inputs });
    await listing.close();
    expect(listing.roots).toEqual([join(folder, "a"), join(folder, "b"), folder]);
  });

  test("inputs that cannot be are refused before anything starts", async () => {
    const folder = makeTempFolder();
    execFileSync("mkfifo", [join(folder, "fifo")]);
    const refused: [Partial<ListingOptions> & { inputs: string[] }, string][] = [
      [{ inputs: [join(folder, "missing")] }, "input_not_found"],
      [{ inputs: [join(folder, "missing/*.png")] }, "input_not_found"],
      [{ inputs: [`@${join(folder, "missing.txt")}`] }, "input_not_found"],
      [{ inputs: [join(folder, "fifo")] }, "input_unreadable"],
      [{ inputs: [`@${folder}`] }, "input_unreadable"],
      [{ inputs: [join(folder, "n".repeat(300))] }, "input_unreadable"],
      [{ inputs: [join(folder, "*.(png")] }, "input_glob_invalid"],
      [{ inputs: [folder], include: ["[ab"] }, "input_glob_invalid"],
      [{ inputs: [folder], exclude: [""] }, "input_glob_invalid"],
    ];
    for (const [options, code] of refused) {
      await expect(startListing({ ...defaults, ...options }), JSON.stringify(options)).rejects.toMatchObject({ code });
    }
  });

  test("a folder without files is an end without chunks", async () => {
    expect(await list({ inputs: [makeTempFolder()] })).toEqual([]);
  });

  test("an error inside the thread comes out of next, each time", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { "a.txt": "", "list.txt": "a.txt\n" });
    const inputs = [`@${join(folder, "list.txt")}`];
    const listing = await startListing({ ...defaults, inputs, after: { input: 0, path: `1:${folder}/other.txt` } });
    await expect(listing.next()).rejects.toMatchObject({ code: "input_list_changed" });
    await expect(listing.next()).rejects.toMatchObject({ code: "input_list_changed" });
    await listing.close();
  });

  test("goes on from the cursor of any chunk, over all kinds of inputs", async () => {
    const folder = makeTempFolder();
    for (let index = 0; index < 40; index += 1) {
      writeTree(folder, { [`data/${index % 7}/${index}`]: "", [`more/${index}.txt`]: "" });
    }
    symlinkSync("nowhere", join(folder, "data/3/dangling"));
    const listed = ["more/3.txt", "data/1/1", "more/3.txt", "gone", "more/12.txt", "more/4.txt"];
    writeFileSync(join(folder, "list.txt"), listed.join("\n"));
    const inputs = [
      join(folder, "more/2.txt"),
      `@${join(folder, "list.txt")}`,
      join(folder, "data"),
      join(folder, "more/*.txt"),
    ];
    const whole = await list({ inputs, miniBatchSize: 3 });
    expect(whole.length).toBeGreaterThan(4);
    appendFileSync(join(folder, "list.txt"), "\nmore/2.txt\n");
    for (const [at, { cursor }] of whole.entries()) {
      const rest = await list({ inputs, miniBatchSize: 3, after: cursor });
      const expected = getRejected(whole.slice(at + 1));
      expect(getPaths(rest)).toEqual(getPaths(whole.slice(at + 1)));
      expect(getRejected(rest).filter((path) => !path.includes("/more/2.txt"))).toEqual(
        expected.filter((path) => !path.includes("/more/2.txt")),
      );
    }
  });

  test("what is added before the cursor stays out, also when the cursor's own file is gone", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { a: "", "d/a": "", "d/b": "", "d/c": "", e: "" });
    const after = { input: 0, path: `${folder}/d/b` };
    rmSync(join(folder, "d/b"));
    writeTree(folder, { "0": "", "c/z": "", "d/aa": "", "d/bb": "" });
    expect(getPaths(await list({ inputs: [folder], after }))).toEqual(
      ["d/bb", "d/c", "e"].map((path) => join(folder, path)),
    );
  });

  test("stays only a few chunks ahead of the one who asks", async () => {
    const folder = makeTempFolder();
    mkdirSync(join(folder, "data"));
    for (let index = 0; index < 600; index += 1)
      writeFileSync(join(folder, "data", String(index).padStart(4, "0")), "");
    const listing = await startListing({ ...defaults, inputs: [join(folder, "data")], miniBatchSize: 1 });
    const first = await listing.next();
    // 1 + 2 + 4 + 8 + 16 mini-batches may be made by now; what goes after that is seen to be gone.
    for (let index = 100; index < 600; index += 1) rmSync(join(folder, "data", String(index).padStart(4, "0")));
    const chunks = [first!];
    for (let chunk = await listing.next(); chunk !== null; chunk = await listing.next()) chunks.push(chunk);
    await listing.close();
    expect(getPaths(chunks).length).toBe(100);
    expect(getRejected(chunks).length).toBe(500);
  });

  test("can be closed at any time, and asking for more then gives null", async () => {
    const folder = makeTempFolder();
    for (let index = 0; index < 300; index += 1) writeTree(folder, { [`${index % 10}/${index}`]: "" });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), fc.boolean(), async (count, isAsking) => {
        const listing = await startListing({ ...defaults, inputs: [folder], miniBatchSize: 1 });
        for (let taken = 0; taken < count; taken += 1) expect(await listing.next()).not.toBeNull();
        const asked = isAsking ? listing.next() : Promise.resolve(null);
        await Promise.all([listing.close(), listing.close()]);
        await asked;
        expect(await listing.next()).toBeNull();
      }),
      { numRuns: 10 },
    );
  });
});
