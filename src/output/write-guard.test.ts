import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchwiseError } from "../errors.ts";
import { SyncError } from "../storage/storage-errors.ts";
import { WriteGuard } from "./write-guard.ts";

let folder: string;
let db: DatabaseSync;
let guard: WriteGuard;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-guard-"));
  db = new DatabaseSync(join(folder, "x.sqlite"));
  db.exec("CREATE TABLE t (a UNIQUE)");
  guard = new WriteGuard(db, join(folder, "x.sqlite"));
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** A system error as node:fs throws it. */
function makeFileError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code, errno: -1, syscall: "fdatasync" });
}

function fail(error: unknown): () => never {
  return () => {
    throw error;
  };
}

test("a failed sync breaks the ledger: everything later is refused with the same error, nothing is undone or tried again", () => {
  const undone: string[] = [];
  const error = new SyncError("/job/rows", makeFileError("EIO"));
  const write = () => guard.run("writing rows", "/job/rows", fail(error), [() => undone.push("undo")]);
  expect(write).toThrow(
    expect.objectContaining({ code: "storage_failed", message: expect.stringContaining("/job/rows answered EIO") }),
  );
  expect(guard.isBroken).toBe(true);
  expect(undone).toEqual([]);
  expect(() => guard.transact("setting the status", () => 1)).toThrow(/writing rows: \/job\/rows answered EIO/);
});

test("other failures are undone from the end and leave the ledger in use", () => {
  const undone: number[] = [];
  const undo = [() => undone.push(1), () => undone.push(2)];
  const write = () => guard.run("writing rows", folder, fail(makeFileError("ENOSPC")), undo, 4096);
  expect(write).toThrow(/writing rows: the disk is full at .* \(ENOSPC; 4096 bytes needed, \d+ bytes free\)/);
  expect(undone).toEqual([2, 1]);
  expect(guard.transact("counting", () => 5)).toBe(5);
});

test("an undo that fails breaks the ledger", () => {
  const undo = [fail(makeFileError("EIO"))];
  expect(() => guard.run("writing rows", folder, fail(makeFileError("ENOSPC")), undo)).toThrow(BatchwiseError);
  expect(guard.isBroken).toBe(true);
});

test("a full disk is not to be tried again when what was written could not be taken back", () => {
  const undo = [fail(makeFileError("ENOSPC"))];
  const write = () => guard.run("writing rows", folder, fail(makeFileError("ENOSPC")), undo);
  expect(write).toThrow(expect.objectContaining({ code: "storage_failed" }));
  expect(() => guard.assertUsable()).toThrow(expect.objectContaining({ code: "storage_failed" }));
});

test("a transaction that fails leaves nothing behind", () => {
  const insertTwice = () =>
    guard.transact("inserting", () => db.exec("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"));
  expect(insertTwice).toThrow(/UNIQUE/);
  expect(db.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 0 });
  expect(guard.isBroken).toBe(false);
});

test("a full ledger is named as a full disk and may be tried again", () => {
  db.exec("PRAGMA max_page_count = 3");
  const insert = () => guard.transact("committing", () => db.prepare("INSERT INTO t VALUES (zeroblob(100000))").run());
  expect(insert).toThrow(expect.objectContaining({ code: "disk_full" }));
  expect(guard.isBroken).toBe(false);
  db.exec("PRAGMA max_page_count = 3000");
  insert();
});
