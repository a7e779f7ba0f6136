import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { BatchwiseError } from "../errors.ts";
import { Ledger } from "./ledger.ts";
import type { OutputSettings, ResultEntry } from "./ledger-types.ts";

let root: { folder: string; remove: () => void };
let job: string;
let ledger: Ledger;

beforeEach(() => {
  root = make.makeTestFolder();
  job = join(root.folder, "job");
  ledger = open(true);
});

afterEach(() => {
  try {
    ledger.close();
  } catch {
    // Tests that close it themselves.
  }
  root.remove();
});

function open(create: boolean, changes: Partial<OutputSettings> = {}): Ledger {
  return Ledger.open(job, { create, settings: make.makeSettings(join(root.folder, "out"), changes) });
}

function reopenWith(changes: Partial<OutputSettings> = {}): void {
  ledger.close();
  ledger = open(false, changes);
}

function plan(...sizes: number[]): void {
  let firstItem = 0;
  const entries = sizes.map((items, id) => {
    firstItem += items;
    return make.makePlan(id, firstItem - items, items);
  });
  ledger.commit(make.makeGroup({ plan: entries, cursor: '{"input":0}', planComplete: true }));
}

function commit(...pairs: ReturnType<typeof make.makeResult>[]): void {
  ledger.commit(make.makeGroup(make.pairUp(...pairs)));
}

function stage(name: string, files: Record<string, string>): NonNullable<ResultEntry["files"]> {
  const folder = join(job, "workers", "take", name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, entries: Object.entries(files).map(([path, text]) => [path, Buffer.byteLength(text)] as const) };
}

function catchCode(body: () => void): string {
  try {
    body();
  } catch (error) {
    if (error instanceof BatchwiseError) return error.code;
    throw error;
  }
  return "no error";
}

describe("a group", () => {
  test("makes rows durable in input order and counts them", () => {
    plan(2, 2);
    commit(make.makeResult(1, "c\nd\n"), make.makeResult(0, "a\nb\n"));
    expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\nb\nc\nd\n");
    expect(ledger.counts()).toMatchObject({ listed: 4, scored: 4, rows: 4, rowsBytes: 8, miniBatchesDone: 2 });
    expect(ledger.pending()).toEqual([]);
  });

  test("may plan a mini-batch and commit it at once", () => {
    const pair = make.pairUp(make.makeResult(0, "a\n"));
    ledger.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)], ...pair }));
    expect(ledger.counts()).toMatchObject({ listed: 1, scored: 1 });
  });

  test("takes rows from memory in pieces and from a spool file", () => {
    plan(1, 1, 1);
    const spoolFile = join(job, "spool", "1");
    writeFileSync(spoolFile, "spooled\n");
    commit(
      make.makeResult(0, "a\n", { rows: { bytes: [Buffer.from("a"), Buffer.from("\n")] } }),
      make.makeResult(1, "spooled\n", { rows: { spoolFile } }),
      make.makeResult(2, "b\n"),
    );
    expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\nspooled\nb\n");
    expect(existsSync(spoolFile)).toBe(false);
  });

  test("with thousands of pieces of memory is written whole", () => {
    plan(1);
    const parts = Array.from({ length: 5000 }, (_, index) => Buffer.from(`${index}\n`));
    const all = Buffer.concat(parts);
    commit(make.makeResult(0, all.toString(), { rows: { bytes: parts } }));
    expect(readFileSync(join(job, "rows"))).toEqual(all);
  });

  test("with rows that do not match their CRC is refused and leaves no trace", () => {
    plan(1);
    expect(catchCode(() => commit(make.makeResult(0, "a\n", { rowsCrc: 1 })))).toBe("rows_damaged");
    expect(statSync(join(job, "rows")).size).toBe(0);
    commit(make.makeResult(0, "a\n"));
  });

  test("cannot commit a mini-batch twice, nor one that is unknown, quarantined or of another attempt", () => {
    plan(1, 1, 1);
    commit(make.makeResult(0, "a\n"));
    ledger.commit(make.makeGroup({ quarantined: [1], unscored: [make.makeUnscored({ miniBatch: 1 })] }));
    for (const id of [0, 1, 99]) expect(catchCode(() => commit(make.makeResult(id, "x\n")))).toBe("internal");
    const late = make.makeResult(2, "x\n");
    expect(catchCode(() => commit({ ...late, attempt: make.makeAttempt(2, 2, "succeeded") }))).toBe("internal");
    expect(catchCode(() => ledger.commit(make.makeGroup({ quarantined: [0] })))).toBe("internal");
    expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\n");
    expect(ledger.counts()).toMatchObject({ scored: 1, failed: 1 });
  });

  test("replaces a mini-batch by halves, whose rows come in order of the input", () => {
    plan(2, 1);
    const halves = [make.makePlan(1_000_000_000, 0, 1, 0), make.makePlan(1_000_000_001, 1, 1, 0)];
    ledger.commit(make.makeGroup({ plan: halves, replaced: [0] }));
    expect(ledger.pending().map(({ id, parent }) => [id, parent])).toEqual([
      [1, null],
      [1_000_000_000, 0],
      [1_000_000_001, 0],
    ]);
    commit(make.makeResult(1, "c\n"));
    commit(make.makeResult(1_000_000_001, "b\n"), make.makeResult(1_000_000_000, "a\n"));
    ledger.verifyAccounting();
    expect(ledger.counts()).toMatchObject({ listed: 3, scored: 3, miniBatches: 3, miniBatchesDone: 3 });
    const { rowsFile } = ledger.publish();
    expect(readFileSync(rowsFile!, "utf8")).toBe("a\nb\nc\n");
  });
});

describe("attempts", () => {
  test("count when they failed, not when they were lost", () => {
    plan(1);
    const attempts = [
      make.makeAttempt(0, 1, "failed"),
      make.makeAttempt(0, 2, "lost"),
      make.makeAttempt(0, 3, "failed"),
    ];
    ledger.commit(make.makeGroup({ attempts }));
    expect(ledger.pending()[0]).toMatchObject({ failedAttempts: 2, lastAttempt: 3 });
  });

  test("of quarantined mini-batches are forgiven when these are queued again", () => {
    plan(1, 1);
    const attempts = [make.makeAttempt(0, 1, "failed"), make.makeAttempt(0, 2, "failed")];
    const unscored = [make.makeUnscored({ miniBatch: 0, attempts: 2 })];
    ledger.commit(make.makeGroup({ attempts, quarantined: [0], unscored }));
    commit(make.makeResult(1, "b\n"));
    expect(ledger.requeueQuarantined()).toEqual([0]);
    expect(ledger.pending()).toMatchObject([{ id: 0, failedAttempts: 0, lastAttempt: 2 }]);
    expect(ledger.counts()).toMatchObject({ failed: 0, miniBatchesDone: 1 });
    commit(make.makeResult(0, "a\n", { attempt: 3 }));
    ledger.verifyAccounting();
  });
});

describe("columns", () => {
  test("of the first csv result are the header of the file", () => {
    plan(1, 1);
    commit(make.makeResult(0, "1,2\r\n", { columns: ["a", 'b "x", y'] }));
    commit(make.makeResult(1, "3,4\r\n", { columns: ["a", 'b "x", y'] }));
    expect(readFileSync(join(job, "rows"), "utf8")).toBe('a,"b ""x"", y"\r\n1,2\r\n3,4\r\n');
    expect(ledger.counts().rowsBytes).toBe(10);
    const whole = readFileSync(join(job, "rows"));
    expect(ledger.publish()).toMatchObject({ rowsBytes: whole.byteLength, rowsCrc: crc32(whole) });
  });

  test("that differ are refused, naming both", () => {
    plan(1, 1);
    commit(make.makeResult(0, "1\n", { columns: ["a"] }));
    const body = () => commit(make.makeResult(1, "1\n", { columns: ["b"] }));
    expect(body).toThrow(/mini-batch 1 returned the columns \["b"\], earlier ones \["a"\]/);
    expect(catchCode(body)).toBe("columns_differ");
  });
});

describe("files of the script", () => {
  test("are taken over with their mini-batch", () => {
    plan(1);
    commit(make.makeResult(0, "a\n", { files: stage("0-1", { "part/x.bin": "xx", y: "" }) }));
    expect(readFileSync(join(job, "files", "0-1", "part", "x.bin"), "utf8")).toBe("xx");
  });

  test("of the same path from two mini-batches are a conflict that names both; the loser gets its folder back", () => {
    plan(1, 1);
    commit(make.makeResult(0, "a\n", { files: stage("0-1", { x: "0" }) }));
    const files = stage("1-1", { x: "1" });
    const body = () => commit(make.makeResult(1, "b\n", { files }));
    expect(body).toThrow(/output file x: mini-batch 0 and mini-batch 1 both wrote it/);
    expect(catchCode(body)).toBe("output_conflict");
    expect(existsSync(join(files.folder, "x"))).toBe(true);
    expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\n");
  });

  test("in one group conflict as well", () => {
    plan(1, 1);
    const pairs = [0, 1].map((id) => make.makeResult(id, "a\n", { files: stage(`${id}-1`, { x: "" }) }));
    expect(catchCode(() => commit(...pairs))).toBe("output_conflict");
  });

  test.each([
    ["a", "a/b", "fail"],
    ["a/b", "a", "last"],
    ["a/b/c", "a/b", "concat"],
    ["é/\udcff", "é", "concat"],
  ] as const)("%j and %j cannot stand side by side", (first, second, onConflict) => {
    reopenWith({ onConflict });
    plan(1, 1);
    const entries = (path: string) => ({ folder: join(job, "nowhere"), entries: [[path, 0]] as const });
    const together = [first, second].map((path, id) => make.makeResult(id, "a\n", { files: entries(path) }));
    expect(catchCode(() => commit(...together))).toBe("output_conflict");
    expect(catchCode(() => commit(...together.reverse()))).toBe("output_conflict");
  });

  test("cannot have the name of the rows file", () => {
    plan(1);
    const files = stage("0-1", { "predictions.csv": "" });
    expect(catchCode(() => commit(make.makeResult(0, "a\n", { files })))).toBe("output_conflict");
  });

  test("that changed after run() returned are refused and given back", () => {
    plan(1);
    const files = stage("0-1", { x: "1" });
    writeFileSync(join(files.folder, "x"), "longer");
    expect(catchCode(() => commit(make.makeResult(0, "a\n", { files })))).toBe("staged_files_changed");
    expect(existsSync(join(files.folder, "x"))).toBe(true);
    expect(statSync(join(job, "rows")).size).toBe(0);
    writeFileSync(join(files.folder, "x"), "1");
    commit(make.makeResult(0, "a\n", { files }));
  });
});

describe("somebody else's hand", () => {
  test.each([
    ["cut", () => truncateSync(join(job, "rows"), 1)],
    ["extended", () => writeFileSync(join(job, "rows"), "a\nmore")],
    ["removed", () => rmSync(join(job, "rows"))],
  ])("the rows file was %s: the next commit refuses", (_, change) => {
    plan(1, 1);
    commit(make.makeResult(0, "a\n"));
    change();
    expect(catchCode(() => commit(make.makeResult(1, "b\n")))).toBe("rows_file_changed");
    expect(ledger.counts().scored).toBe(1);
  });

  test("a payload that was changed in the ledger is refused", () => {
    plan(1);
    const db = new DatabaseSync(join(job, "ledger.sqlite"));
    db.exec("UPDATE mini_batch SET payload = x'5b5d'");
    db.close();
    expect(catchCode(() => ledger.payloads([0]))).toBe("payload_damaged");
    expect(catchCode(() => ledger.payloads([7]))).toBe("mini_batch_not_found");
  });
});

describe("disks that fail", () => {
  test("a folder of script-written files that cannot be taken over: everything is as before", () => {
    plan(1);
    const files = { folder: join(job, "workers", "gone"), entries: [["x", 1]] as const };
    expect(catchCode(() => commit(make.makeResult(0, "a\n", { files })))).toBe("storage_failed");
    expect(statSync(join(job, "rows")).size).toBe(0);
    commit(make.makeResult(0, "a\n"));
  });

  test("a spool file that is gone", () => {
    plan(1);
    const rows = { spoolFile: join(job, "spool", "gone") };
    expect(catchCode(() => commit(make.makeResult(0, "a\n", { rows })))).toBe("storage_failed");
  });
});

describe("stock", () => {
  test("tells where a job stands after a restart", () => {
    plan(2, 3);
    const half = make.makePlan(1_000_000_004, 0, 2, 0);
    ledger.commit(make.makeGroup({ plan: [half], replaced: [0] }));
    ledger.setStatus("Running", "half-way");
    reopenWith();
    expect(ledger.takeStock()).toMatchObject({
      epoch: 2,
      status: "Running",
      message: "half-way",
      committed: 0,
      cursor: '{"input":0}',
      nextPlannedId: 2,
      nextItem: 5,
      lastPartId: 1_000_000_004,
      publication: "none",
    });
    expect(ledger.payloads([1_000_000_004])[0]).toEqual(new Uint8Array(half.payload));
  });

  test("pages through what is pending", () => {
    plan(1, 1, 1, 1, 1);
    commit(make.makeResult(2, "c\n"));
    expect(ledger.pending(-1, 2).map(({ id }) => id)).toEqual([0, 1]);
    expect(ledger.pending(1, 2).map(({ id }) => id)).toEqual([3, 4]);
  });

  test("a new ledger is not made over an old one", () => {
    ledger.close();
    expect(catchCode(() => open(true))).toBe("job_exists");
  });

  test("the job folder holds nothing unknown", () => {
    expect(readdirSync(job).sort()).toEqual([
      "ledger.sqlite",
      "ledger.sqlite-shm",
      "ledger.sqlite-wal",
      "rows",
      "spool",
    ]);
  });
});

describe("failed items", () => {
  test("are listed one a line, without skipped ones", () => {
    plan(2);
    const path = "/in/\udcff";
    const unscored = [
      make.makeUnscored({ path, miniBatch: 0, attempts: 4, message: "x\ud800" }),
      make.makeUnscored({
        path: null,
        miniBatch: 0,
        count: 1,
        reason: "too_few_rows",
        errorType: null,
        message: null,
        traceback: null,
      }),
      make.makeUnscored({ path: "/in/fifo", outcome: "skipped", reason: "not_regular_file", worker: null }),
    ];
    ledger.commit(make.makeGroup({ quarantined: [0], unscored }));
    expect(ledger.writeFailedItems()).toBe(2);
    const lines = readFileSync(join(job, "failed-items.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        path,
        reason: "exception",
        error_type: "ValueError",
        message: "x\ufffd",
        traceback: "Traceback …",
        attempts: 4,
        mini_batch: 0,
        log: { file: "logs/worker-0.log", start: 0, end: 5 },
      },
      {
        path: null,
        reason: "too_few_rows",
        error_type: null,
        message: null,
        traceback: null,
        attempts: 1,
        mini_batch: 0,
        log: { file: "logs/worker-0.log", start: 0, end: 5 },
        count: 1,
      },
    ]);
    expect(ledger.counts()).toMatchObject({ listed: 3, failed: 2, skipped: 1 });
    ledger.verifyAccounting();
    ledger.requeueQuarantined();
    expect(ledger.writeFailedItems()).toBe(0);
    expect(existsSync(join(job, "failed-items.jsonl"))).toBe(false);
  });
});
