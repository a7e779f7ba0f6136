import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { LedgerThread } from "./ledger-thread.ts";
import type { OutputSettings } from "./ledger-types.ts";

let root: { folder: string; remove: () => void };
let thread: LedgerThread;

beforeEach(async () => {
  root = make.makeTestFolder();
  thread = await open(true);
});

afterEach(async () => {
  await thread.close().catch(() => {});
  root.remove();
});

function open(create: boolean, changes: Partial<OutputSettings> = {}): Promise<LedgerThread> {
  const settings = make.makeSettings(join(root.folder, "out"), changes);
  return LedgerThread.open(join(root.folder, "job"), { create, settings });
}

describe("the ledger's thread", () => {
  test("carries out calls in the order in which they are made, without waiting in between", async () => {
    const plan = Array.from({ length: 50 }, (_, id) => make.makePlan(id, id, 1));
    const calls = [
      thread.commit(make.makeGroup({ plan, planComplete: true })),
      ...plan.map(({ id }) => thread.commit(make.makeGroup(make.pairUp(make.makeResult(id, `${id}\n`))))),
    ];
    expect(await thread.counts()).toMatchObject({ scored: 50, miniBatchesDone: 50 });
    await Promise.all(calls);
    await thread.verifyAccounting();
    const { rowsFile } = await thread.publish();
    expect(readFileSync(rowsFile!, "utf8")).toBe(plan.map(({ id }) => `${id}\n`).join(""));
  });

  test("copies what a group refers to before the call returns", async () => {
    const pair = make.makeResult(0, "a\n");
    await thread.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)] }));
    const done = thread.commit(make.makeGroup(make.pairUp(pair)));
    for (const bytes of (pair.result.rows as { bytes: Uint8Array[] }).bytes) bytes.fill(0);
    await done;
    expect(readFileSync(join(root.folder, "job", "rows"), "utf8")).toBe("a\n");
  });

  test("hands over what was found at opening, pending mini-batches and their payloads", async () => {
    const plan = [make.makePlan(0, 0, 2), make.makePlan(1, 2, 2)];
    await thread.commit(make.makeGroup({ plan, cursor: "here" }));
    await thread.setStatus("Running", null);
    expect(await thread.replan(1)).toBe(4);
    await thread.close();
    thread = await open(false);
    expect(thread.stock).toMatchObject({ epoch: 2, status: "Running", cursor: "here", nextPlannedId: 2, nextItem: 4 });
    const pending = await thread.pending(1_000_000_001);
    expect(pending.map(({ firstItem }) => firstItem)).toEqual([2, 3]);
    expect(Buffer.concat(await thread.payloads([pending[0]!.id])).toString()).toContain("item-2");
  });

  test("passes errors on with code, hint and cause", async () => {
    await expect(open(true)).rejects.toMatchObject({ name: "BatchwiseError", code: "job_exists", hint: /--name/ });
    rmSync(join(root.folder, "job", "rows"));
    const group = make.makeGroup({ plan: [make.makePlan(0, 0, 1)], ...make.pairUp(make.makeResult(0, "a\n")) });
    await expect(thread.commit(group)).rejects.toMatchObject({ code: "rows_file_changed" });
  });

  test("lets no group in after one that failed", async () => {
    await thread.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)], ...make.pairUp(make.makeResult(0, "a\n")) }));
    const bad = make.makeGroup({
      plan: [make.makePlan(1, 1, 1)],
      ...make.pairUp(make.makeResult(1, "b\n", { rowsCrc: 1 })),
    });
    const good = make.makeGroup({ plan: [make.makePlan(2, 2, 1)] });
    const [first, second] = await Promise.allSettled([thread.commit(bad), thread.commit(good)]);
    expect([first, second]).toMatchObject([
      { status: "rejected", reason: { code: "rows_damaged" } },
      { status: "rejected", reason: { code: "rows_damaged" } },
    ]);
    await thread.close();
    thread = await open(false);
    expect(thread.stock.counts).toMatchObject({ listed: 1, scored: 1 });
  });

  test("takes failed items up again", async () => {
    const unscored = [make.makeUnscored({ miniBatch: 0 })];
    await thread.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)], planComplete: true }));
    await thread.commit(make.makeGroup({ quarantined: [0], unscored }));
    expect(await thread.writeFailedItems()).toBe(1);
    await thread.publish();
    await thread.reopen();
    expect(await thread.requeueQuarantined()).toEqual([0]);
    expect(await thread.takeStock()).toMatchObject({ publication: "none", counts: { failed: 0 } });
  });

  test("refuses calls once it is closed, and may be closed twice", async () => {
    const closing = thread.close();
    const late = thread.counts();
    await expect(late).rejects.toThrow(/ledger/);
    await closing;
    await thread.close();
    await expect(thread.counts()).rejects.toThrow(/ended/);
  });
});

test("an open that fails ends the thread", async () => {
  await thread.close();
  cpSync(join(root.folder, "job", "rows"), join(root.folder, "job", "ledger.sqlite"));
  rmSync(join(root.folder, "job", "rows"));
  thread = await open(false);
  expect(thread.stock.epoch).toBe(1);
});
