import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crashAt } from "../../test/helpers/crash-points.ts";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { BatchwiseError } from "../errors.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerGroup } from "./ledger-types.ts";

let root: { folder: string; remove: () => void };
let job: string;

beforeEach(() => {
  root = make.makeTestFolder();
  job = join(root.folder, "job");
});

afterEach(() => root.remove());

function open(create = false): Ledger {
  return Ledger.open(job, { create, settings: make.makeSettings(join(root.folder, "out")) });
}

/** A job with two of three mini-batches committed, closed in order. */
function makeJob(): void {
  const ledger = open(true);
  ledger.commit(make.makeGroup({ plan: [0, 1, 2].map((id) => make.makePlan(id, id, 1)), planComplete: true }));
  ledger.commit(make.makeGroup(make.pairUp(make.makeResult(0, "a\n"), make.makeResult(1, "b\n"))));
  ledger.close();
}

/** Leaves the job folder as a kill at this moment would: without closing. */
function abandon(ledger: Ledger): void {
  cpSync(job, `${job}-copy`, { recursive: true });
  ledger.close();
  rmSync(job, { recursive: true });
  cpSync(`${job}-copy`, job, { recursive: true });
  rmSync(`${job}-copy`, { recursive: true });
}

function catchError(body: () => unknown): BatchwiseError {
  try {
    body();
  } catch (error) {
    if (error instanceof BatchwiseError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("opening after a crash", () => {
  test("cuts the tail of a commit that did not happen, drops its folders and the spool", () => {
    makeJob();
    writeFileSync(join(job, "rows"), "a\nb\nhalf a r");
    mkdirSync(join(job, "files", "2-1"), { recursive: true });
    writeFileSync(join(job, "files", "2-1", "x"), "");
    writeFileSync(join(job, "spool", "2-1"), "");
    const ledger = open();
    expect(ledger.takeStock().repaired).toEqual({ rowsBytesCut: 8, foldersRemoved: 1 });
    expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\nb\n");
    expect([existsSync(join(job, "files", "2-1")), existsSync(join(job, "spool", "2-1"))]).toEqual([false, false]);
    expect(ledger.pending().map(({ id }) => id)).toEqual([2]);
    ledger.close();
  });

  test.each([
    ["shorter", () => truncateSync(join(job, "rows"), 3), /it has 3 bytes, the ledger has 4 committed bytes/],
    ["missing", () => rmSync(join(job, "rows")), /it is missing, the ledger has 4 committed bytes/],
  ])("refuses a rows file that is %s", (_, change, message) => {
    makeJob();
    change();
    const error = catchError(open);
    expect(error.code).toBe("rows_file_short");
    expect(error.message).toMatch(message);
  });

  test("sees commits that are only in the log beside the ledger", () => {
    const ledger = open(true);
    ledger.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)] }));
    ledger.commit(make.makeGroup(make.pairUp(make.makeResult(0, "a\n"))));
    abandon(ledger);
    const again = open();
    expect(again.counts()).toMatchObject({ scored: 1, rowsBytes: 2 });
    again.close();
  });

  test.each([...Array(14).keys()])("a creation that was cut off at step %i is carried on", (step) => {
    crashAt(step, () => open(true).close());
    const ledger = open();
    ledger.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)] }));
    ledger.close();
  });
});

describe("damage", () => {
  test.each([
    [
      "is not a SQLite file",
      (path: string) => writeFileSync(path, "not a database, but long enough to look like a file of it".repeat(99)),
    ],
    ["is cut in half", (path: string) => truncateSync(path, Math.floor(readFileSync(path).byteLength / 2))],
    ["is empty", (path: string) => truncateSync(path, 0)],
    ["is missing", (path: string) => rmSync(path)],
    [
      "is another SQLite file",
      (path: string) => {
        rmSync(path);
        const db = new DatabaseSync(path);
        db.exec("CREATE TABLE other (a)");
        db.close();
      },
    ],
  ])("a ledger that %s is named", (_, change) => {
    makeJob();
    markUnclean();
    change(join(job, "ledger.sqlite"));
    const error = catchError(open);
    expect(error.code).toBe("ledger_damaged");
    expect(error.message).toContain(join(job, "ledger.sqlite"));
    expect(error.hint).toBeDefined();
  });

  test("a page of rubbish is found by the check after a crash", () => {
    const ledger = open(true);
    const plan = Array.from({ length: 400 }, (_, id) => make.makePlan(id, id * 10, 10));
    ledger.commit(make.makeGroup({ plan }));
    ledger.close();
    markUnclean();
    const path = join(job, "ledger.sqlite");
    const bytes = readFileSync(path);
    bytes.fill(0xa5, bytes.byteLength - 3 * 8192, bytes.byteLength - 2 * 8192);
    writeFileSync(path, bytes);
    expect(catchError(open).code).toBe("ledger_damaged");
  });

  test("a ledger from a newer Batchwise is refused", () => {
    makeJob();
    edit("PRAGMA user_version = 999");
    const error = catchError(open);
    expect(error.code).toBe("ledger_newer");
    expect(error.message).toMatch(/version 999/);
  });

  test("a ledger that another process holds is named after a bounded wait", { timeout: 30_000 }, () => {
    makeJob();
    const holder = new DatabaseSync(join(job, "ledger.sqlite"));
    holder.exec("BEGIN EXCLUSIVE");
    expect(catchError(open).code).toBe("ledger_locked");
    holder.close();
  });

  function edit(sql: string): void {
    const db = new DatabaseSync(join(job, "ledger.sqlite"));
    db.exec(sql);
    db.close();
  }

  function markUnclean(): void {
    edit("UPDATE job SET clean = 0");
  }
});

describe("a crash anywhere in a series of groups", () => {
  test("leaves exactly the acknowledged groups, or one more", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.nat(60),
        (sizes, step) => {
          rmSync(job, { recursive: true, force: true });
          mkdirSync(job);
          let acknowledged = 0;
          const groups = makeGroups(sizes);
          const ledger = open(true);
          ledger.commit(make.makeGroup({ plan: sizes.map((_, id) => make.makePlan(id, id, 1)), planComplete: true }));
          crashAt(step, () => {
            for (const group of groups) {
              ledger.commit(group);
              acknowledged++;
            }
          });
          abandon(ledger);
          const again = open();
          const { miniBatchesDone, rowsBytes } = again.counts();
          expect([acknowledged, acknowledged + 1]).toContain(miniBatchesDone);
          const rows = sizes.slice(0, miniBatchesDone).map((size, id) => `${id}\n`.repeat(size));
          expect(readFileSync(join(job, "rows"), "utf8")).toBe(rows.join(""));
          expect(rowsBytes).toBe(rows.join("").length);
          for (let id = 0; id < sizes.length; id++) {
            expect(existsSync(join(job, "files", `${id}-1`, "sub", `${id}`))).toBe(id < miniBatchesDone);
          }
          again.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  function makeGroups(sizes: readonly number[]): LedgerGroup[] {
    return sizes.map((size, id) => {
      const folder = join(job, "workers", `${id}`);
      mkdirSync(join(folder, "sub"), { recursive: true });
      writeFileSync(join(folder, "sub", `${id}`), "x");
      const files = { folder, entries: [[`sub/${id}`, 1]] as const };
      return make.makeGroup(make.pairUp(make.makeResult(id, `${id}\n`.repeat(size), { files })));
    });
  }
});
