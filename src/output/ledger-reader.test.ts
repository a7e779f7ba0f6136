import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { decodeItems } from "../storage/item-payload.ts";
import { Ledger } from "./ledger.ts";
import { LedgerReader } from "./ledger-reader.ts";

let root: { folder: string; remove: () => void };
let job: string;
let ledger: Ledger;
let reader: LedgerReader | null = null;

beforeEach(() => {
  root = make.makeTestFolder();
  job = join(root.folder, "job");
  ledger = Ledger.open(job, { create: true, settings: make.makeSettings(join(root.folder, "out")) });
  const plan = [make.makePlan(0, 0, 2), make.makePlan(1, 2, 2)];
  const pair = make.pairUp(make.makeResult(0, "a\nb\n"));
  const attempts = [
    make.makeAttempt(0, 1, "lost"),
    ...(pair.attempts ?? []).map((entry) => ({ ...entry, attempt: 2 })),
  ];
  const results = (pair.results ?? []).map((entry) => ({ ...entry, attempt: 2 }));
  ledger.commit(make.makeGroup({ plan, results, attempts }));
  ledger.setStatus("Running", "so far");
});

afterEach(() => {
  reader?.close();
  reader = null;
  ledger.close();
  chmodSync(job, 0o700);
  root.remove();
});

function open(folder = job): LedgerReader {
  reader = LedgerReader.open(folder);
  return reader;
}

describe("a reader", () => {
  test("sees each commit of the driver while it goes on", () => {
    const seen = open();
    expect(seen.counts()).toMatchObject({ listed: 4, scored: 2, miniBatches: 2, miniBatchesDone: 1 });
    expect(seen.status()).toMatchObject({ status: "Running", message: "so far", epoch: 1 });
    expect(seen.published()).toBeNull();
    ledger.commit(make.makeGroup({ ...make.pairUp(make.makeResult(1, "c\nd\n")), planComplete: true }));
    expect(seen.counts()).toMatchObject({ scored: 4 });
    const published = ledger.publish();
    expect(seen.published()).toEqual(published);
    expect(seen.runUs()).toBe(3000);
  });

  test("finds attempts, mini-batches, their items, and the mini-batches of an item", () => {
    const halves = [make.makePlan(1_000_000_000, 2, 1, 1), make.makePlan(1_000_000_001, 3, 1, 1)];
    ledger.commit(make.makeGroup({ plan: halves, replaced: [1], attempts: [make.makeAttempt(1, 1, "failed")] }));
    const seen = open();
    expect(seen.attempts(0).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, "lost"],
      [2, "succeeded"],
    ]);
    expect(seen.attempts(1)).toEqual([make.makeAttempt(1, 1, "failed")]);
    expect(seen.miniBatch(0)).toMatchObject({ state: "committed", firstItem: 0, items: 2, parent: null });
    expect(seen.miniBatch(7)).toBeNull();
    expect(seen.miniBatchesOf("/in/item-3").map(({ id, state }) => [id, state])).toEqual([
      [1, "replaced"],
      [1_000_000_001, "pending"],
    ]);
    expect(seen.miniBatchesOf("/in/item-33")).toEqual([]);
    expect(decodeItems(seen.payload(0)!).map(({ name }) => name)).toEqual(["item-0", "item-1"]);
    expect(seen.payload(7)).toBeNull();
  });

  test("finds an item whose name is not UTF-8, and lists items without a score", () => {
    const path = "/in/\udcff\u00e9";
    ledger.commit(
      make.makeGroup({ unscored: [make.makeUnscored({ path }), make.makeUnscored({ path: null, count: 3 })] }),
    );
    expect([...open().unscoredItems()]).toEqual([
      make.makeUnscored({ path }),
      make.makeUnscored({ path: null, count: 3 }),
    ]);
  });

  test.each(["while its job ran", "when its job had ended"])(
    "reads a folder that was copied %s and may not be written to",
    (when) => {
      if (when === "when its job had ended") ledger.close();
      const copy = join(root.folder, "copy");
      cpSync(job, copy, { recursive: true });
      rmSync(join(copy, "ledger.sqlite-shm"), { force: true });
      for (const name of readdirSync(copy)) chmodSync(join(copy, name), 0o555);
      chmodSync(copy, 0o555);
      chmodSync(root.folder, 0o755);
      const before = readdirSync(copy);
      expect(countScoredAsNobody(copy)).toBe("2");
      expect(readdirSync(copy)).toEqual(before);
      chmodSync(copy, 0o700);
      if (when === "when its job had ended") {
        ledger = Ledger.open(job, { create: false, settings: make.makeSettings(join(root.folder, "out")) });
      }
    },
  );

  test("names a ledger that is missing", () => {
    expect(() => LedgerReader.open(join(root.folder, "none"))).toThrow(
      /ledger\.sqlite is damaged: the file is missing/,
    );
  });
});

/** Reads in a process that has no rights in the folder: root could write to it whatever its mode is. */
function countScoredAsNobody(folder: string): string {
  const script = `
    import { LedgerReader } from ${JSON.stringify(new URL("./ledger-reader.ts", import.meta.url).href)};
    const reader = LedgerReader.open(${JSON.stringify(folder)});
    process.stdout.write(String(reader.counts().scored));
    reader.close();`;
  const isRoot = process.getuid?.() === 0;
  // The temporary folder of the test run belongs to root; nobody needs one to write to.
  const temporary = makeTempFolder();
  chmodSync(temporary, 0o777);
  const options = {
    encoding: "utf8",
    env: { TMPDIR: temporary },
    ...(isRoot ? { uid: 65534, gid: 65534 } : {}),
  } as const;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], options);
}
