import { expect, test } from "vitest";
import type { LedgerGroup } from "../output/ledger-types.ts";
import { CommitBuffer, type WaitingResult } from "./commit-buffer.ts";

const makeResult = (firstItem: number, bytes = 10): WaitingResult => ({
  firstItem,
  unscored: [],
  result: {
    miniBatch: firstItem,
    attempt: 1,
    rows: { bytes: [new Uint8Array(bytes)] },
    rowsBytes: bytes,
    rowsCrc: 0,
    rowCount: 1,
    elements: 1,
    scored: 1,
    failed: 0,
    columns: null,
    files: null,
  },
  attempt: {
    miniBatch: firstItem,
    attempt: 1,
    outcome: "succeeded",
    reason: null,
    worker: 0,
    startedUs: 0,
    runUs: 0,
    cpuUs: 0,
    maxRss: 0,
    logStart: 0,
    logEnd: 0,
    error: null,
  },
});

/** A buffer over a ledger whose commits are ended by hand. */
function makeBuffer(frontier: () => number = () => Number.POSITIVE_INFINITY) {
  const groups: LedgerGroup[] = [];
  const open: PromiseWithResolvers<void>[] = [];
  const errors: unknown[] = [];
  const committed: number[] = [];
  let arrived = Promise.withResolvers<void>();
  const buffer = new CommitBuffer({
    commit: (group) => {
      groups.push(group);
      const commit = Promise.withResolvers<void>();
      open.push(commit);
      arrived.resolve();
      return commit.promise;
    },
    frontier,
    onCommitted: (group) => committed.push(...group.results.map((result) => result.miniBatch)),
    onError: (error) => errors.push(error),
  });
  const nextGroup = async () => {
    await arrived.promise;
    arrived = Promise.withResolvers<void>();
  };
  return { buffer, groups, open, errors, committed, nextGroup };
}

const ids = (group: LedgerGroup | undefined) => group?.results.map((result) => result.miniBatch);

test("the very first result is sent at once, later ones as a group", async () => {
  const { buffer, groups, open, nextGroup } = makeBuffer();
  buffer.addResult(makeResult(0));
  await nextGroup();
  expect(ids(groups[0])).toEqual([0]);
  for (let id = 1; id < 50; id++) buffer.addResult(makeResult(id));
  open[0]?.resolve();
  await nextGroup();
  expect(ids(groups[1])?.length).toBe(49);
  buffer.close();
});

test("a group is in input order, and a result waits for one that runs before it", async () => {
  let running = 5;
  const { buffer, groups, open, nextGroup } = makeBuffer(() => running);
  buffer.addResult(makeResult(0));
  await nextGroup();
  open[0]?.resolve();
  for (const id of [6, 3, 9, 1]) buffer.addResult(makeResult(id));
  await nextGroup();
  expect(ids(groups[1])).toEqual([1, 3]);
  running = Number.POSITIVE_INFINITY;
  open[1]?.resolve();
  await nextGroup();
  expect(ids(groups[2])).toEqual([6, 9]);
  buffer.close();
});

test("a result does not wait for a long run for ever", async () => {
  const { buffer, groups, open, nextGroup } = makeBuffer(() => 0.5);
  buffer.addResult(makeResult(0));
  await nextGroup();
  open[0]?.resolve();
  buffer.addResult(makeResult(8));
  await nextGroup();
  expect(ids(groups[1])).toEqual([8]);
  buffer.close();
});

test("the buffer is full when much waits, and has room again when it is durable", async () => {
  const { buffer, open, nextGroup } = makeBuffer();
  buffer.addResult(makeResult(0, 70 << 20));
  await nextGroup();
  expect(buffer.isFull).toBe(true);
  open[0]?.resolve();
  await buffer.flush();
  expect(buffer.isFull).toBe(false);
  buffer.close();
});

test("flush ends when everything is durable, and after a failure, which is told once", async () => {
  const { buffer, open, errors, committed, nextGroup } = makeBuffer();
  buffer.addResult(makeResult(0));
  const flushed = buffer.flush();
  await nextGroup();
  open[0]?.resolve();
  await flushed;
  expect(committed).toEqual([0]);
  buffer.addResult(makeResult(1));
  buffer.addResult(makeResult(2));
  const failed = buffer.flush();
  await nextGroup();
  open[1]?.reject(new Error("disk"));
  await failed;
  expect(errors).toHaveLength(1);
  expect(committed).toEqual([0]);
});
