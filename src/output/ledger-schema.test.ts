import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkVersion, migrate } from "./ledger-schema.ts";

let db: DatabaseSync;

beforeEach(() => {
  db = new DatabaseSync(":memory:");
});

afterEach(() => db.close());

test("steps run once, in their order", () => {
  const steps = ["CREATE TABLE a (x); INSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1"];
  migrate(db, "ledger.sqlite", steps.slice(0, 1));
  migrate(db, "ledger.sqlite", steps);
  migrate(db, "ledger.sqlite", steps);
  expect(db.prepare("SELECT x, y FROM a").all()).toEqual([{ x: 1, y: 2 }]);
  expect(checkVersion(db, "ledger.sqlite", 2)).toBe(2);
});

test("a step that fails leaves the schema of before", () => {
  const steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; CREATE TABLE a (x)"];
  expect(() => migrate(db, "ledger.sqlite", steps)).toThrow(/table a already exists/);
  expect(checkVersion(db, "ledger.sqlite", 2)).toBe(1);
  expect(db.prepare("SELECT count(*) AS n FROM pragma_table_info('a')").get()).toEqual({ n: 1 });
});

test("a newer schema and a file of something else are refused", () => {
  expect(checkVersion(db, "ledger.sqlite")).toBe(0);
  migrate(db, "ledger.sqlite", ["SELECT 1", "SELECT 1"]);
  expect(() => checkVersion(db, "ledger.sqlite", 1)).toThrow(/version 2, this Batchwise knows versions up to 1/);
  db.exec("PRAGMA application_id = 1");
  expect(() => checkVersion(db, "ledger.sqlite", 2)).toThrow(/not the ledger of a job/);
});
