/** Microseconds per mini-batch that the ledger itself takes: `node bench/ledger.ts [mini-batches] [bytes of rows]`. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { decodeGroup, encodeGroup } from "../src/output/group-codec.ts";
import { Ledger } from "../src/output/ledger.ts";
import type { LedgerGroup } from "../src/output/ledger-types.ts";
import {
  makeGroup,
  makePlan,
  makeResult,
  makeSettings,
  makeTestFolder,
  pairUp,
} from "../test/helpers/ledger-fixtures.ts";

const count = Number(process.argv[2] ?? 100_000);
const rowBytes = Number(process.argv[3] ?? 300);
const perGroup = Math.max(1, Math.min(1000, Math.floor((4 << 20) / rowBytes)));

const { folder, remove } = makeTestFolder();
const settings = makeSettings(join(folder, "out"));
const job = join(folder, "job");
const encoding = { us: 0 };
let ledger = Ledger.open(job, { create: true, settings });
const rows = `${"r".repeat(rowBytes / 10 - 1)}\n`.repeat(10);

report("plan", (first) => makeGroup({ plan: range(first).map((id) => makePlan(id, id * 10, 10)) }));
report("results", (first) => makeGroup(pairUp(...range(first).map((id) => makeResult(id, rows)))));
measure("encode on the main thread", () => encoding.us);
ledger.commit(makeGroup({ planComplete: true }));
time("verify accounting", () => ledger.verifyAccounting());
time("close", () => ledger.close());
console.log(`ledger.sqlite ${(statSync(join(job, "ledger.sqlite")).size / 1e6).toFixed(1)} MB`);
time("open", () => {
  ledger = Ledger.open(job, { create: false, settings });
});
time("pending", () => ledger.pending());
time("publish", () => ledger.publish());
ledger.close();
remove();

function report(name: string, make: (first: number) => LedgerGroup): void {
  let us = 0;
  const cpu = process.cpuUsage();
  let cpuUs = 0;
  for (let first = 0; first < count; first += perGroup) {
    const group = make(first);
    const begin = performance.now();
    const encoded = encodeGroup(group);
    const encodedAt = performance.now();
    encoding.us += (encodedAt - begin) * 1e3;
    const before = process.cpuUsage(cpu);
    ledger.commit(decodeGroup(encoded));
    const after = process.cpuUsage(cpu);
    cpuUs += after.user + after.system - before.user - before.system;
    us += (performance.now() - encodedAt) * 1e3;
  }
  measure(name, () => us);
  measure(`${name}, CPU alone`, () => cpuUs);
}

function measure(name: string, total: () => number): void {
  console.log(`${name}: ${(total() / count).toFixed(2)} µs per mini-batch`);
}

function time(name: string, body: () => void): void {
  const begin = performance.now();
  body();
  console.log(`${name}: ${(performance.now() - begin).toFixed(0)} ms`);
}

function range(first: number): number[] {
  return Array.from({ length: Math.min(perGroup, count - first) }, (_, index) => first + index);
}
