import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openCatalog } from "../catalog/catalog.ts";
import { planInput } from "./job-inputs.ts";

function makePlace() {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-inputs-"));
  const catalog = openCatalog(join(folder, "home"));
  onTestFinished(() => {
    catalog.close();
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, "in", "a b.csv"), "");
  return { catalog, cwd: folder, downloadFolder: join(folder, "job", "inputs") };
}

const plan = (place: ReturnType<typeof makePlace>, value: string, name = "input") =>
  planInput({ name, type: null, value }, place);

test("folders and files, relative to the current folder, absolute, and as URLs", () => {
  const place = makePlace();
  const folder = { path: join(place.cwd, "in"), download: null, type: "uri_folder" };
  const file = { path: join(place.cwd, "in", "a b.csv"), download: null, type: "uri_file" };
  expect(plan(place, "in")).toEqual(folder);
  expect(plan(place, "./in/")).toEqual(folder);
  expect(plan(place, join(place.cwd, "in"))).toEqual(folder);
  expect(plan(place, `file://${place.cwd}/in`)).toEqual(folder);
  expect(plan(place, "in/a b.csv")).toEqual(file);
  expect(plan(place, `file://${place.cwd}/in/a%20b.csv`)).toEqual(file);
});

test("a URL is one file, kept under a name that stays in its folder", () => {
  const place = makePlace();
  const pathOf = (url: string, name?: string) => plan(place, url, name).path.slice(place.downloadFolder.length);
  expect(pathOf("https://example.invalid/data/heart.csv?sig=x%2F")).toBe("/input/heart.csv");
  expect(pathOf("https://example.invalid/a%20b.csv")).toBe("/input/a b.csv");
  expect(pathOf("https://example.invalid/")).toBe("/input/file");
  expect(pathOf("https://example.invalid/..%2F..%2Fetc%2Fpasswd")).toBe("/input/_.._etc_passwd");
  expect(pathOf("https://example.invalid/%00%zz")).toBe("/input/%00%zz");
  expect(pathOf("https://example.invalid/x", "../up")).toBe("/_up/x");
});

test("what cannot be read is refused with what can", () => {
  const place = makePlace();
  expect(() => plan(place, "nowhere")).toThrow(/There is no folder on target path/);
  expect(() => plan(place, "abfss://container@account/in")).toThrow(/abfss URLs cannot be read here/);
});
