import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { DiskModel } from "./disk-model.ts";
import { runPowerLoss } from "./power-loss.ts";
import { findStraceProblem } from "./strace.ts";

test("from states that a power cut leaves at moments of a whole job, the resumed job leaves the right output", {
  timeout: 300_000,
}, async (context) => {
  const problem = findStraceProblem();
  if (problem !== null) context.skip(`${problem}: nothing was tested`);
  const seed = Date.now() % 2 ** 31;
  const report = await runPowerLoss({ seed, stride: 16, mixtures: 1 });
  expect(report.problems, `seed ${seed}`).toEqual([]);
  expect(report.states).toBeGreaterThan(30);
});

test("the model of a disk: what was not synced may be gone, also the name of a synced file in a folder that was not", () => {
  const disk = new DiskModel("/j");
  disk.addDurable("/j", "folder");
  const bytes = Buffer.from("abc");
  disk.apply({ kind: "create", path: "/j/a", truncate: false, exclusive: true });
  disk.apply({ kind: "write", path: "/j/a", offset: 0, bytes });
  expect(crash(disk, "all dropped")).toEqual({});
  expect(crash(disk, "all kept")).toEqual({ a: "abc" });
  disk.apply({ kind: "sync", path: "/j/a" });
  expect(crash(disk, "all dropped")).toEqual({});
  disk.apply({ kind: "sync", path: "/j" });
  disk.apply({ kind: "write", path: "/j/a", offset: 3, bytes });
  expect(crash(disk, "all dropped")).toEqual({ a: "abc" });
  disk.apply({ kind: "rename", from: "/j/a", path: "/j/b" });
  expect(crash(disk, "all dropped")).toEqual({ a: "abc" });
  disk.apply({ kind: "sync", path: "/j" });
  expect(crash(disk, "all dropped")).toEqual({ b: "abc" });
  disk.apply({ kind: "truncate", path: "/j/b", size: 1 });
  disk.apply({ kind: "sync", path: "/j/b" });
  expect(crash(disk, "all dropped")).toEqual({ b: "a" });
});

function crash(disk: DiskModel, kind: "all kept" | "all dropped"): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-disk-"));
  try {
    disk.writeCrashed(join(folder, "j"), kind, new Random(1));
    const names = readdirSync(join(folder, "j"));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, "j", name), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
