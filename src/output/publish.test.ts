import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { crashAt } from "../../test/helpers/crash-points.ts";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { BatchwiseError } from "../errors.ts";
import { Ledger } from "./ledger.ts";
import type { OutputSettings, PublishedOutput } from "./ledger-types.ts";

let root: { folder: string; remove: () => void };
let job: string;
let out: string;
let ledger: Ledger;

beforeEach(() => {
  root = make.makeTestFolder();
  begin();
});

afterEach(() => {
  ledger.close();
  root.remove();
});

function begin(changes: Partial<OutputSettings> = {}): void {
  job = join(root.folder, "job");
  out = changes.outputFolder ?? join(root.folder, "out");
  rmSync(job, { recursive: true, force: true });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(job);
  ledger = Ledger.open(job, { create: true, settings: make.makeSettings(out, changes) });
}

function restart(changes: Partial<OutputSettings> = {}): void {
  try {
    ledger.close();
  } catch {
    // It was cut off by a crash of the test's making.
  }
  ledger = Ledger.open(job, { create: false, settings: make.makeSettings(out, changes) });
}

interface Piece {
  readonly rows: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly columns?: readonly string[];
}

/** Plans the pieces as mini-batches of one item and commits them, one group for each list of ids. */
function fill(pieces: readonly Piece[], ...groups: readonly (readonly number[])[]): void {
  const plan = pieces.map((_, id) => make.makePlan(id, id, 1));
  ledger.commit(make.makeGroup({ plan, planComplete: true }));
  for (const ids of groups) commit(pieces, ids);
}

function commit(pieces: readonly Piece[], ids: readonly number[]): void {
  const pairs = ids.map((id) => {
    const { rows, files, columns } = pieces[id]!;
    const folder = join(job, "workers", `${id}`);
    for (const [path, text] of Object.entries(files ?? {})) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const entries = Object.entries(files ?? {}).map(([path, text]) => [path, text.length] as const);
    const staged = files === undefined ? null : { folder, entries };
    return make.makeResult(id, rows, { scored: 1, files: staged, columns: columns ?? null });
  });
  ledger.commit(make.makeGroup(make.pairUp(...pairs)));
}

function readOut(name = "predictions.csv"): string {
  return readFileSync(join(out, name), "utf8");
}

function listTree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
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

describe("rows", () => {
  test("that lie in order are renamed, not copied", () => {
    fill([{ rows: "a\n" }, { rows: "b\n" }], [0], [1]);
    const { ino } = statSync(join(job, "rows"));
    expect(ledger.publish()).toMatchObject({
      folder: out,
      rowsFile: join(out, "predictions.csv"),
      rowsBytes: 4,
      files: 0,
    });
    expect(statSync(join(out, "predictions.csv")).ino).toBe(ino);
    expect(listTree(out)).toEqual(["predictions.csv"]);
    expect(existsSync(join(job, "rows"))).toBe(false);
  });

  test("of any groups in any order come out in input order, also with large ones", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("x", "ü", "1"), maxLength: 9 }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat(3)), fc.boolean(), (rows, cuts, crash) => {
        ledger.close();
        begin();
        const pieces = rows.map((text, id) => ({ rows: id === 3 ? `${text.repeat(600_000)}\n` : `${text}\n` }));
        const groups: number[][] = [[], [], [], []];
        for (const id of pieces.keys()) groups[cuts.next().value]!.push(id);
        fill(pieces, ...groups);
        if (crash) restart();
        ledger.publish();
        expect(readOut() === pieces.map((piece) => piece.rows).join("")).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  test("are an empty file when there are none", () => {
    fill([{ rows: "" }], [0]);
    ledger.publish();
    expect(readOut()).toBe("");
  });

  test.each([[[[0], [1]]], [[[1], [0]]]])("of csv have the header of their columns first (groups %j)", (groups) => {
    ledger.close();
    begin({ outputFormat: "csv" });
    const columns = ["file", "p"];
    fill(
      [
        { rows: "a,1\r\n", columns },
        { rows: "b,2\r\n", columns },
      ],
      ...groups,
    );
    ledger.publish();
    expect(readOut()).toBe("file,p\r\na,1\r\nb,2\r\n");
  });

  test("whose first csv result knew no columns get their header all the same", () => {
    ledger.close();
    begin({ outputFormat: "csv" });
    fill([{ rows: "a,1\r\n" }, { rows: "b,2\r\n", columns: ["file", "p"] }], [0], [1]);
    ledger.publish();
    expect(readOut()).toBe("file,p\r\na,1\r\nb,2\r\n");
  });

  test("are readable as the user's mask says, in folders made on the way", () => {
    ledger.close();
    begin({ outputFolder: join(root.folder, "deep", "er", "out") });
    fill([{ rows: "a\n" }], [0]);
    ledger.publish();
    expect(statSync(join(out, "predictions.csv")).mode & 0o777).toBe(0o666 & ~process.umask());
    expect(statSync(out).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  test("that somebody changed are refused after a restart, naming the mini-batch", () => {
    fill([{ rows: "a\n" }, { rows: "b\n" }], [0, 1]);
    restart();
    writeFileSync(join(job, "rows"), "a\nX\n");
    const error = catchError(() => ledger.publish());
    expect(error.code).toBe("rows_damaged");
    expect(error.message).toMatch(/mini-batch 1 \(bytes 2 to 4 /);
  });

  test("that are copied are checked too", () => {
    fill([{ rows: "a\n" }, { rows: "b\n" }], [1], [0]);
    writeFileSync(join(job, "rows"), "b\nX\n");
    expect(catchError(() => ledger.publish()).code).toBe("rows_damaged");
  });

  test("are not there with summary_only", () => {
    ledger.close();
    begin({ outputAction: "summary_only" });
    fill([{ rows: "", files: { x: "1" } }], [0]);
    expect(ledger.publish()).toMatchObject({ rowsFile: null, files: 1 });
    expect(listTree(out)).toEqual(["x"]);
  });
});

describe("files of the script", () => {
  const pieces: Piece[] = [
    { rows: "a\n", files: { x: "0", "p/q/0": "" } },
    { rows: "b\n", files: { x: "1", "p/q/1": "one" } },
    { rows: "c\n", files: { x: "2" } },
  ];

  test.each([
    ["concat", "012"],
    ["last", "2"],
  ] as const)("with the rule %s", (onConflict, wanted) => {
    ledger.close();
    begin({ onConflict });
    fill(pieces, [1], [2, 0]);
    expect(ledger.publish().files).toBe(3);
    expect(readOut("x")).toBe(wanted);
    expect(readOut("p/q/1")).toBe("one");
    expect(listTree(out)).toEqual(["p", "p/q", "p/q/0", "p/q/1", "predictions.csv", "x"]);
    expect(existsSync(join(job, "files"))).toBe(false);
  });

  test("with names that are not UTF-8", () => {
    fill([{ rows: "a\n" }], []);
    const folder = join(job, "workers", "0");
    mkdirSync(folder, { recursive: true });
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff)]);
    writeFileSync(name, "x");
    const files = { folder, entries: [["\udcff", 1]] as const };
    ledger.commit(make.makeGroup(make.pairUp(make.makeResult(0, "a\n", { files }))));
    ledger.publish();
    expect(readFileSync(Buffer.concat([Buffer.from(`${out}/`), Buffer.of(0xff)]), "utf8")).toBe("x");
  });
});

test.each(["fail", "concat"] as const)(
  "an output folder on another file system gets copies (rule %s)",
  (onConflict) => {
    // Memory of Linux, mounted everywhere; where it is not a file system of its own the outcome is the same.
    const elsewhere = mkdtempSync("/dev/shm/batchwise-output-");
    try {
      ledger.close();
      begin({ outputFolder: join(elsewhere, "out"), onConflict });
      fill([{ rows: "a\n", files: { "p/x": "1" } }, { rows: "b\n" }], [0], [1]);
      expect(ledger.publish()).toMatchObject({ rowsBytes: 4, files: 1 });
      expect([readOut(), readOut("p/x")]).toEqual(["a\nb\n", "1"]);
      expect(existsSync(join(job, "rows"))).toBe(false);
      ledger.reopen();
      expect(readFileSync(join(job, "rows"), "utf8")).toBe("a\nb\n");
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  },
);

describe("an output folder that exists", () => {
  test("keeps what is in it", () => {
    mkdirSync(join(out, "p"), { recursive: true });
    writeFileSync(join(out, "p", "other"), "mine");
    fill([{ rows: "a\n", files: { "p/x": "1" } }], [0]);
    ledger.publish();
    expect(listTree(out)).toEqual(["p", "p/other", "p/x", "predictions.csv"]);
  });

  test.each(["predictions.csv", "p/x"])("is refused when %s is taken, and overwritten when asked for", (name) => {
    mkdirSync(join(out, "p"), { recursive: true });
    writeFileSync(join(out, name), "mine");
    fill([{ rows: "a\n", files: { "p/x": "1" } }], [0]);
    const error = catchError(() => ledger.publish());
    expect(error.code).toBe("output_exists");
    expect(error.message).toContain(join(out, name));
    expect(readOut(name)).toBe("mine");
    restart({ overwrite: true });
    ledger.publish();
    expect([readOut(), readOut("p/x")]).toEqual(["a\n", "1"]);
  });
});

describe("publishing again", () => {
  test("is harmless, also by another process", () => {
    fill([{ rows: "a\n" }], [0]);
    const first = ledger.publish();
    expect(ledger.publish()).toEqual(first);
    restart();
    expect(ledger.takeStock()).toMatchObject({ publication: "done", published: first });
    expect(ledger.publish()).toEqual(first);
  });

  test("ends right after a crash at any step", { timeout: 120_000 }, () => {
    const pieces = [
      { rows: "a\n", files: { x: "0", "p/0": "zero" } },
      { rows: "b\n", files: { x: "1", "p/1": "one" } },
    ];
    const shapes: { exists: boolean; groups: number[][]; onConflict: "concat" | "last" }[] = [
      { exists: false, groups: [[0], [1]], onConflict: "concat" },
      { exists: true, groups: [[1], [0]], onConflict: "last" },
      { exists: true, groups: [[0, 1]], onConflict: "concat" },
    ];
    for (const { exists, groups, onConflict } of shapes) {
      let crashed = true;
      let steps = 0;
      for (; crashed; steps++) {
        ledger.close();
        begin({ onConflict });
        if (exists) mkdirSync(out);
        fill(pieces, ...groups);
        crashed = crashAt(steps, () => ledger.publish());
        // Another crash, soon after the restart, must not matter either.
        restart({ onConflict });
        if (steps % 3 === 0) crashAt(2, () => ledger.publish());
        restart({ onConflict });
        expect(ledger.publish()).toMatchObject({ rowsBytes: 4, files: 3 } satisfies Partial<PublishedOutput>);
        expect([readOut(), readOut("x"), readOut("p/0")]).toEqual([
          "a\nb\n",
          onConflict === "last" ? "1" : "01",
          "zero",
        ]);
        expect(listTree(out)).toEqual(["p", "p/0", "p/1", "predictions.csv", "x"]);
        expect(readdirSync(root.folder).sort()).toEqual(["job", "out"]);
        restart({ onConflict });
        expect([existsSync(join(job, "rows")), existsSync(join(job, "files"))]).toEqual([false, false]);
      }
      expect(steps).toBeGreaterThan(20);
    }
  });
});

describe("published results that are taken back", () => {
  const pieces: Piece[] = [
    { rows: "a\n", files: { x: "0" } },
    { rows: "b\n", files: { x: "1" } },
    { rows: "c\n", files: { x: "2" } },
  ];

  function publishTwoOfThree(): void {
    ledger.close();
    begin({ onConflict: "concat" });
    fill(pieces, [2], [0]);
    const unscored = [make.makeUnscored({ miniBatch: 1 })];
    ledger.commit(make.makeGroup({ quarantined: [1], unscored }));
    ledger.verifyAccounting();
    ledger.publish();
    expect([readOut(), readOut("x")]).toEqual(["a\nc\n", "02"]);
  }

  test("are joined by what a retry of failed items adds", () => {
    publishTwoOfThree();
    restart({ onConflict: "concat" });
    expect(ledger.requeueQuarantined()).toEqual([1]);
    expect(readOut()).toBe("a\nc\n");
    commit(pieces, [1]);
    ledger.verifyAccounting();
    restart({ onConflict: "concat" });
    expect(ledger.publish()).toMatchObject({ rowsBytes: 6, files: 1 });
    expect([readOut(), readOut("x")]).toEqual(["a\nb\nc\n", "012"]);
    ledger.reopen();
    ledger.publish();
    expect([readOut(), readOut("x")]).toEqual(["a\nb\nc\n", "012"]);
  });

  test("survive a crash at any step of taking back", () => {
    let crashed = true;
    for (let step = 0; crashed; step++) {
      publishTwoOfThree();
      crashed = crashAt(step, () => ledger.requeueQuarantined());
      restart({ onConflict: "concat" });
      const ids = ledger.requeueQuarantined();
      expect(crashed ? [[1], []] : [[]]).toContainEqual(ids);
      commit(pieces, [1]);
      ledger.publish();
      expect([readOut(), readOut("x")]).toEqual(["a\nb\nc\n", "012"]);
    }
  });

  test("are finished first when their publishing was interrupted", () => {
    publishTwoOfThree();
    ledger.reopen();
    crashAt(12, () => ledger.publish());
    restart({ onConflict: "concat" });
    expect(ledger.takeStock().publication).toBe("started");
    expect(ledger.requeueQuarantined()).toEqual([1]);
    commit(pieces, [1]);
    ledger.publish();
    expect([readOut(), readOut("x")]).toEqual(["a\nb\nc\n", "012"]);
  });

  test("are refused when they were changed or are gone", () => {
    publishTwoOfThree();
    appendFileSync(join(out, "predictions.csv"), "more\n");
    const error = catchError(() => ledger.reopen());
    expect(error.code).toBe("output_changed");
    expect(error.message).toMatch(/had 4 bytes and CRC \d+ when it was published, now it has 9 bytes/);
    rmSync(join(out, "predictions.csv"));
    expect(catchError(() => ledger.reopen()).message).toMatch(/now it is gone/);
    writeFileSync(join(out, "predictions.csv"), "a\nc\n");
    ledger.reopen();
  });

  test("are not replaced by the next publishing when somebody changed them meanwhile", () => {
    publishTwoOfThree();
    ledger.reopen();
    commit2();
    writeFileSync(join(out, "predictions.csv"), "other");
    expect(catchError(() => ledger.publish()).code).toBe("output_exists");
    expect(readOut()).toBe("other");
    restart({ onConflict: "concat", overwrite: true });
    ledger.publish();
    expect(readOut()).toBe("a\nb\nc\n");
  });

  function commit2(): void {
    ledger.requeueQuarantined();
    commit(pieces, [1]);
  }

  test("have their header once, and csv rows behind it", () => {
    ledger.close();
    begin({ outputFormat: "csv" });
    const columns = ["p"];
    const csv = ["1\r\n", "2\r\n", "3\r\n"].map((rows) => ({ rows, columns }));
    fill(csv, [2], [0]);
    ledger.publish();
    ledger.reopen();
    commit(csv, [1]);
    ledger.publish();
    expect(readOut()).toBe("p\r\n1\r\n2\r\n3\r\n");
  });
});
