import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { decodeItems } from "../storage/item-payload.ts";
import { Ledger } from "./ledger.ts";

interface Start {
  readonly items: number;
  readonly done: boolean;
}

/** Plans, commits those that are done, plans anew with each size in turn; returns the items of what is pending then. */
function replanInTurn(starts: readonly Start[], sizes: readonly number[]): { before: number[]; groups: number[][] } {
  const root = make.makeTestFolder();
  const ledger = Ledger.open(join(root.folder, "job"), {
    create: true,
    settings: make.makeSettings(join(root.folder, "out")),
  });
  try {
    let firstItem = 0;
    const plan = starts.map(({ items }, id) => {
      firstItem += items;
      return make.makePlan(id, firstItem - items, items);
    });
    ledger.commit(make.makeGroup({ plan, planComplete: true }));
    const done = plan.filter((_, id) => starts[id]!.done);
    const rows = (items: number) => "x\n".repeat(items);
    ledger.commit(make.makeGroup(make.pairUp(...done.map(({ id, items }) => make.makeResult(id, rows(items))))));
    const before = read(ledger).flat();
    for (const size of sizes) ledger.replan(size);
    const groups = read(ledger);
    for (const { id, items } of ledger.pending())
      ledger.commit(make.makeGroup(make.pairUp(make.makeResult(id, rows(items)))));
    ledger.verifyAccounting();
    return { before, groups };
  } finally {
    ledger.close();
    root.remove();
  }
}

/** Numbers of the items of each pending mini-batch, in input order, read from the payloads and checked against the plan. */
function read(ledger: Ledger): number[][] {
  const pending = ledger.pending().sort((a, b) => a.firstItem - b.firstItem);
  const payloads = ledger.payloads(pending.map(({ id }) => id));
  return pending.map((entry, index) => {
    const items = decodeItems(payloads[index]!);
    const numbers = items.map((item) => Number(item.name.slice("item-".length)));
    expect(numbers).toEqual(items.map((_, offset) => entry.firstItem + offset));
    expect([entry.items, entry.bytes]).toEqual([items.length, items.reduce((sum, item) => sum + item.size, 0)]);
    return numbers;
  });
}

test("planning anew keeps every pending item once, in mini-batches of the wanted size between finished ones", () => {
  const start = fc.record({ items: fc.integer({ min: 1, max: 7 }), done: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(start, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      (starts, sizes) => {
        const { before, groups } = replanInTurn(starts, sizes);
        expect(groups.flat()).toEqual(before);
        const size = sizes.at(-1)!;
        for (const [index, numbers] of groups.entries()) {
          const next = groups[index + 1];
          const goesOn = next !== undefined && next[0] === numbers.at(-1)! + 1;
          expect(goesOn ? numbers.length === size : numbers.length <= size).toBe(true);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("mini-batches that already have the wanted size stay as they are", () => {
  const root = make.makeTestFolder();
  const ledger = Ledger.open(join(root.folder, "job"), {
    create: true,
    settings: make.makeSettings(join(root.folder, "out")),
  });
  const plan = [make.makePlan(0, 0, 3), make.makePlan(1, 3, 3), make.makePlan(2, 6, 1)];
  ledger.commit(make.makeGroup({ plan, attempts: [make.makeAttempt(1, 1, "failed")] }));
  expect(ledger.replan(3)).toBe(0);
  expect(ledger.pending()).toMatchObject([{ id: 0 }, { id: 1, failedAttempts: 1 }, { id: 2 }]);
  ledger.close();
  root.remove();
});
