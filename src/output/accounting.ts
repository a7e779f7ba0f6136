/** The accounting identity: listed = scored + failed + skipped, item by item. */

import type { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { type JobTotals, toCounts } from "./job-table.ts";
import { firstPartId } from "./ledger-types.ts";
import { stateQuarantined, stateReplaced } from "./mini-batch-table.ts";

/** Throws `accounting_broken` unless committed and quarantined mini-batches cover each planned item once and each item has ended once. */
export function verifyAccounting(db: DatabaseSync, totals: JobTotals): void {
  const { listed, scored, failed, skipped } = toCounts(totals);
  const figures = `${listed} listed, ${scored} scored + ${failed} failed + ${skipped} skipped`;
  if (!totals.planComplete) fail(`${figures}; the listing has not ended`);
  verifyCover(db, totals.plannedItems, figures);
  verifyEveryMiniBatch(db, figures);
  verifyTotals(db, totals);
  if (listed !== scored + failed + skipped) fail(figures);
}

/** Mini-batches that are not replaced lie side by side from the first item to the last, and all have ended. */
function verifyCover(db: DatabaseSync, plannedItems: number, figures: string): void {
  // Planned mini-batches have ids in input order; only parts make it necessary to sort.
  const hasParts = db.prepare(`SELECT 1 FROM mini_batch WHERE id >= ${firstPartId} LIMIT 1`).get() !== undefined;
  const order = hasParts ? "first_item, items" : "id";
  const cover = db
    .prepare(
      `SELECT count(*) FILTER (WHERE first_item < before) AS overlaps, count(*) FILTER (WHERE first_item > before) AS gaps,
         coalesce(max(ends), 0) AS ends, count(*) FILTER (WHERE open) AS open
       FROM (SELECT first_item, first_item + items AS ends,
               lag(first_item + items, 1, 0) OVER (ORDER BY ${order}) AS before,
               state <> ${stateQuarantined} AND NOT EXISTS (
                 SELECT 1 FROM result r WHERE r.first_item = m.first_item AND r.mini_batch = m.id AND r.items = m.items) AS open
             FROM mini_batch m WHERE state <> ${stateReplaced})`,
    )
    .get()!;
  if (cover.overlaps !== 0 || cover.gaps !== 0 || cover.ends !== plannedItems || cover.open !== 0) {
    fail(
      `${figures}; of ${plannedItems} planned items the mini-batches cover ${cover.ends}, with ${cover.overlaps} overlaps and ${cover.gaps} gaps, ${cover.open} have not ended`,
    );
  }
}

function verifyEveryMiniBatch(db: DatabaseSync, figures: string): void {
  const wrong = db
    .prepare(
      `WITH ended AS (
         SELECT mini_batch AS id, items, scored FROM result
         UNION ALL SELECT id, items, 0 FROM mini_batch WHERE state = ${stateQuarantined}),
       without AS (SELECT mini_batch AS id, sum(count) AS items FROM unscored WHERE mini_batch IS NOT NULL GROUP BY mini_batch)
       SELECT ended.id, ended.items, scored, coalesce(without.items, 0) AS unscored
       FROM ended LEFT JOIN without ON without.id = ended.id WHERE ended.items <> scored + unscored LIMIT 1`,
    )
    .get();
  if (wrong !== undefined) {
    fail(
      `${figures}; mini-batch ${wrong.id} has ${wrong.items} items, ${wrong.scored} scored and ${wrong.unscored} without score`,
    );
  }
}

/** The running account is what the records add up to. */
function verifyTotals(db: DatabaseSync, totals: JobTotals): void {
  const sums = db
    .prepare(
      `SELECT
         (SELECT coalesce(sum(items), 0) FROM mini_batch WHERE id < ${firstPartId}) AS plannedItems,
         (SELECT coalesce(sum(scored), 0) FROM result) AS scored,
         (SELECT coalesce(sum(row_count), 0) FROM result) AS rows,
         (SELECT coalesce(sum(row_bytes), 0) FROM result) AS rowsBytes,
         coalesce(sum(count) FILTER (WHERE outcome = 'failed'), 0) AS failed,
         coalesce(sum(count) FILTER (WHERE outcome = 'skipped'), 0) AS skipped,
         coalesce(sum(count) FILTER (WHERE mini_batch IS NULL), 0) AS rejected
       FROM unscored`,
    )
    .get()!;
  const account = { ...totals, rowsBytes: totals.rowsEnd - totals.headerBytes };
  for (const [name, sum] of Object.entries(sums)) {
    const told = account[name as keyof typeof account];
    if (sum !== told) fail(`the account says ${told} for ${name}, the records add up to ${sum}`);
  }
}

function fail(figures: string): never {
  throw new BatchwiseError("accounting_broken", `the items of the job do not add up: ${figures}`, {
    hint: "nothing was published; please report this with the job folder's ledger.sqlite",
  });
}
