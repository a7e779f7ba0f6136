import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ComputeRecord } from "../catalog/records.ts";
import { Room, readDemand } from "./room.ts";

function compute(maxJobs: number, properties: ComputeRecord["properties"] = {}): ComputeRecord {
  return {
    name: "gpu",
    type: "local",
    description: null,
    tags: {},
    maxJobs,
    maxInstances: null,
    properties,
    createdAt: "",
    modifiedAt: "",
  };
}

test("slots are counted; without a compute there are two", () => {
  for (const room of [new Room(compute(2)), new Room(null)]) {
    const demand = { workers: 1000, gpus: 0 };
    room.take(demand);
    expect(room.fits(demand)).toBe(true);
    room.take(demand);
    expect(room.fits(demand)).toBe(false);
  }
});

test("workers are counted where the compute has a limit", () => {
  const room = new Room(compute(10, { max_workers: 4 }));
  expect(room.countsDemand).toBe(true);
  room.take({ workers: 3, gpus: 0 });
  expect(room.fits({ workers: 2, gpus: 0 })).toBe(false);
  expect(room.fits({ workers: 1, gpus: 0 })).toBe(true);
});

test("GPUs are counted in shares", () => {
  const room = new Room(compute(10, { gpus: 1 }));
  room.take({ workers: 1, gpus: 0.5 });
  expect(room.fits({ workers: 1, gpus: 0.5 })).toBe(true);
  expect(room.fits({ workers: 2, gpus: 1 })).toBe(false);
});

test("a job that asks for more than there is runs when it is alone", () => {
  const room = new Room(compute(10, { max_workers: 4 }));
  expect(room.fits({ workers: 9, gpus: 0 })).toBe(true);
});

test("what a job asks for stands in its job.json; a damaged one asks for one worker", () => {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-room-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(readDemand(folder)).toEqual({ workers: 1, gpus: 0 });
  writeFileSync(join(folder, "job.json"), JSON.stringify({ settings: { workers: 4, gpusPerWorker: 0.5 } }));
  expect(readDemand(folder)).toEqual({ workers: 4, gpus: 2 });
  writeFileSync(join(folder, "job.json"), "{");
  expect(readDemand(folder)).toEqual({ workers: 1, gpus: 0 });
});
