import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as make from "../../test/helpers/ledger-fixtures.ts";
import { Ledger } from "./ledger.ts";

let root: { folder: string; remove: () => void };
let job: string;
let ledgerPath: string;

beforeEach(() => {
  root = make.makeTestFolder();
  job = join(root.folder, "job");
  ledgerPath = join(job, "ledger.sqlite");
  const ledger = open(true);
  const unscored = [make.makeUnscored({ path: "/in/item-0", miniBatch: 0 })];
  ledger.commit(make.makeGroup({ plan: [make.makePlan(0, 0, 1)], planComplete: true }));
  ledger.commit(make.makeGroup({ quarantined: [0], unscored }));
  ledger.close();
});

afterEach(() => root.remove());

function open(create = false): Ledger {
  return Ledger.open(job, { create, settings: make.makeSettings(join(root.folder, "out")) });
}

test("a changed letter in a text of a closed ledger, which SQLite does not notice, is refused", () => {
  const bytes = readFileSync(ledgerPath);
  bytes[bytes.indexOf("/in/item-0")] = "X".charCodeAt(0);
  writeFileSync(ledgerPath, bytes);
  expect(open).toThrow(/when it was closed its length and CRC were/);
});

test("the sum is forgotten when the ledger is opened, and taken again when it is closed", () => {
  const ledger = open();
  expect(existsSync(`${ledgerPath}-sum`)).toBe(false);
  ledger.setStatus("Running", null);
  ledger.close();
  expect(existsSync(`${ledgerPath}-sum`)).toBe(true);
  open().close();
});

test.each([
  ["gone", () => rmSync(`${ledgerPath}-sum`)],
  ["empty, as a power cut may leave it", () => truncateSync(`${ledgerPath}-sum`)],
])("a sum that is %s is done without", (_, change) => {
  change();
  const ledger = open();
  expect(ledger.counts()).toMatchObject({ failed: 1 });
  ledger.close();
});
