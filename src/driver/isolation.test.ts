import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeItems, encodeItems, type Item } from "../storage/item-payload.ts";
import { Isolation } from "./isolation.ts";
import { type MiniBatch, newMiniBatch } from "./mini-batch.ts";

function makeBatch(items: number): MiniBatch {
  const list: Item[] = Array.from({ length: items }, (_, index) => ({
    folder: "/in/",
    name: String(index),
    size: 1,
    mtimeMs: 0,
  }));
  return newMiniBatch({ id: 3, firstItem: 0, items, bytes: items, payload: encodeItems(list), crc: 0 });
}

/** Isolates with a script that fails whenever one of `bad` is in the mini-batch; returns what was scored, what was found bad, and the runs. */
function isolate(items: number, bad: ReadonlySet<number>): { scored: number[]; found: number[]; runs: number } {
  const isolation = new Isolation(null);
  const queue: MiniBatch[] = [...isolation.split(makeBatch(items)).runnable];
  const scored: number[] = [];
  const found: number[] = [];
  let runs = 0;
  for (let batch = queue.pop(); batch !== undefined; batch = queue.pop()) {
    runs++;
    const indices = decodeItems(batch.payload).map((item) => Number(item.name));
    expect(indices[0]).toBe(batch.firstItem);
    if (!indices.some((index) => bad.has(index))) {
      scored.push(...indices);
      queue.push(...(isolation.onSuccess(batch)?.runnable ?? []));
      continue;
    }
    const sibling = isolation.onFailure(batch);
    if (sibling !== null) queue.push(sibling);
    if (batch.items === 1) found.push(indices[0]!);
    else queue.push(...isolation.split(batch).runnable);
  }
  expect(isolation.heldCount).toBe(0);
  return { scored, found, runs };
}

test("isolation finds exactly the bad items and scores every other one once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.array(fc.nat(199), { minLength: 1, maxLength: 12 }),
      (items, raw) => {
        const bad = new Set(raw.filter((index) => index < items));
        if (bad.size === 0) bad.add(0);
        const { scored, found } = isolate(items, bad);
        expect(found.toSorted((a, b) => a - b)).toEqual([...bad].toSorted((a, b) => a - b));
        expect(scored.toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: items }, (_, i) => i).filter((i) => !bad.has(i)),
        );
      },
    ),
  );
});

test("one bad item among n costs at most 2·log2(n) + 1 runs, wherever it stands", () => {
  for (let items = 2; items <= 130; items++) {
    for (let bad = 0; bad < items; bad++) {
      expect(isolate(items, new Set([bad])).runs, `${bad} of ${items}`).toBeLessThanOrEqual(2 * Math.log2(items) + 1);
    }
  }
});

test("an item that fails only in company is scored alone, and so is its company", () => {
  const isolation = new Isolation(null);
  const queue = [...isolation.split(makeBatch(8)).runnable];
  const scored: number[] = [];
  for (let batch = queue.pop(); batch !== undefined; batch = queue.pop()) {
    scored.push(...decodeItems(batch.payload).map((item) => Number(item.name)));
    queue.push(...(isolation.onSuccess(batch)?.runnable ?? []));
  }
  expect(scored).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("the budget of extra runs grows with the successes", () => {
  const isolation = new Isolation(null);
  for (let run = 0; run < 32; run++) isolation.countRun();
  expect(isolation.hasBudget(0)).toBe(false);
  expect(isolation.hasBudget(1)).toBe(true);
});
