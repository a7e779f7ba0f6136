import fc from "fast-check";
import { expect, test } from "vitest";
import { DispatchQueue } from "./dispatch-queue.ts";
import { type MiniBatch, newMiniBatch } from "./mini-batch.ts";

const makeBatch = (id: number, bytes = 1, payloadBytes = 10): MiniBatch =>
  newMiniBatch({ id, firstItem: id * 10, items: 10, bytes, payload: new Uint8Array(payloadBytes), crc: 0 });

/** A queue over a pretended ledger that holds every planned mini-batch until it was taken. */
function makeQueue() {
  const ledger = new Map<number, MiniBatch>();
  let refills = 0;
  const queue = new DispatchQueue(
    async (afterId, maxBytes) => {
      refills++;
      const found: MiniBatch[] = [];
      let bytes = 0;
      for (const batch of ledger.values()) {
        if (batch.id <= afterId) continue;
        found.push(batch);
        bytes += batch.payload.byteLength;
        if (bytes >= maxBytes) break;
      }
      return found;
    },
    () => {},
  );
  const plan = (batch: MiniBatch) => {
    ledger.set(batch.id, batch);
    queue.addPlanned(batch);
    queue.markDurable(batch.id);
  };
  const takeAll = async () => {
    const taken: number[] = [];
    while (!queue.isEmpty) {
      const batch = queue.take();
      if (batch === null) {
        queue.wake();
        await new Promise(setImmediate);
        continue;
      }
      taken.push(batch.id);
    }
    return taken;
  };
  return { queue, plan, takeAll, refills: () => refills };
}

test("the queue gives small mini-batches in the order of the plan", async () => {
  const { plan, takeAll } = makeQueue();
  for (let id = 0; id < 1000; id++) plan(makeBatch(id));
  expect(await takeAll()).toEqual(Array.from({ length: 1000 }, (_, id) => id));
});

test("the queue gives a mini-batch that is much larger than the others first", () => {
  const { plan, queue } = makeQueue();
  for (let id = 0; id < 100; id++) plan(makeBatch(id, 10));
  plan(makeBatch(100, 1000));
  plan(makeBatch(101, 3000));
  expect([queue.take()?.id, queue.take()?.id, queue.take()?.id]).toEqual([101, 100, 0]);
});

test("the queue gives what failed before everything else", () => {
  const { plan, queue } = makeQueue();
  for (let id = 0; id < 10; id++) plan(makeBatch(id));
  const first = queue.take()!;
  queue.addAgain(first);
  expect(queue.take()).toBe(first);
});

test("the queue reads back from the ledger what did not fit in memory, each mini-batch once, whatever the sizes and the order of adding and taking", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ bytes: fc.constantFrom(1, 1, 1, 1, 100), takes: fc.nat(2) }), {
        minLength: 1,
        maxLength: 120,
      }),
      async (steps) => {
        const { queue, plan, takeAll, refills } = makeQueue();
        const taken: number[] = [];
        let id = 0;
        for (const { bytes, takes } of steps) {
          // 256 KiB each: the window of 8 MiB is full after 32.
          plan(makeBatch(id++, bytes, 256 * 1024));
          for (let n = 0; n < takes && n < 1; n++) {
            const batch = queue.take();
            if (batch !== null && steps.length % 3 === 0) taken.push(batch.id);
            else if (batch !== null) queue.addAgain(batch);
          }
        }
        taken.push(...(await takeAll()));
        expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: id }, (_, index) => index));
        if (id > 60 && steps.length % 3 !== 0) expect(refills()).toBeGreaterThan(0);
      },
    ),
    { numRuns: 60 },
  );
});
