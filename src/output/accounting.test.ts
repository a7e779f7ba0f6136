import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerGroup } from "./ledger-types.ts";

/** Plans 2 + 2 items, commits the group, changes the ledger by SQL, and verifies. */
function verify(group: Partial<LedgerGroup>, sql = "SELECT 1"): () => void {
  return () => {
    const root = make.makeTestFolder();
    const settings = make.makeSettings(join(root.folder, "out"));
    let ledger = Ledger.open(join(root.folder, "job"), { create: true, settings });
    try {
      const plan = [make.makePlan(0, 0, 2), make.makePlan(1, 2, 2)];
      ledger.commit(make.makeGroup({ plan, planComplete: true, ...group }));
      ledger.close();
      const db = new DatabaseSync(join(root.folder, "job", "ledger.sqlite"));
      db.exec(sql);
      db.close();
      // Only a ledger that a killed driver left comes as far as the accounting with a change in it.
      rmSync(join(root.folder, "job", "ledger.sqlite-sum"));
      ledger = Ledger.open(join(root.folder, "job"), { create: false, settings });
      ledger.verifyAccounting();
    } finally {
      ledger.close();
      root.remove();
    }
  };
}

const all = make.pairUp(make.makeResult(0, "a\nb\n"), make.makeResult(1, "c\nd\n"));
const rejected = make.makeUnscored({ outcome: "skipped", count: 1 });

test("items that ended once each add up", () => {
  expect(verify({ ...all, unscored: [rejected] })).not.toThrow();
  const half = make.pairUp(make.makeResult(0, "a\n", { scored: 1, failed: 1 }));
  const unscored = [make.makeUnscored({ miniBatch: 0 }), make.makeUnscored({ miniBatch: 1, count: 2, path: null })];
  expect(verify({ ...half, unscored, quarantined: [1] })).not.toThrow();
});

test.each([
  ["a listing that has not ended", verify({ ...all, planComplete: false }), /4 listed, .*; the listing has not ended/],
  ["a pending mini-batch", verify(make.pairUp(make.makeResult(0, "a\nb\n"))), /4 listed, 2 scored .* 1 have not ended/],
  [
    "an item less than its mini-batch",
    verify(make.pairUp(make.makeResult(0, "a\n"), make.makeResult(1, "c\nd\n"))),
    /mini-batch 0 has 2 items, 1 scored and 0 without score/,
  ],
  [
    "an item twice",
    verify({ ...all, unscored: [make.makeUnscored({ miniBatch: 1 })] }),
    /mini-batch 1 has 2 items, 2 scored and 1 without/,
  ],
  ["an overlap", verify(all, "UPDATE mini_batch SET items = 3 WHERE id = 0"), /1 overlaps and 0 gaps/],
  ["a gap", verify(all, "UPDATE mini_batch SET items = 1 WHERE id = 0"), /0 overlaps and 1 gaps/],
  [
    "a lost mini-batch",
    verify(all, "DELETE FROM mini_batch WHERE id = 1"),
    /of 4 planned items the mini-batches cover 2/,
  ],
  ["a lost result", verify(all, "DELETE FROM result WHERE mini_batch = 1"), /1 have not ended/],
  [
    "an account that is not what the records add up to",
    verify(all, "UPDATE job SET rows = 7"),
    /7 for rows, the records add up to 4/,
  ],
])("%s is found", (_, body, message) => {
  expect(body).toThrow(message);
});
