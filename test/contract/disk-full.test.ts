/** A real full disk: a small tmpfs in a mount namespace of its own. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeJob, numberedFiles } from "../support/job.ts";

const program = fileURLToPath(new URL("../support/drive-on-full-disk.ts", import.meta.url));

test("a full disk pauses the job, which says how much it needs and goes on when there is space; nothing is lost", () => {
  const script = `
import os
def init(): pass
def run(b): return [os.path.basename(p) + "x" * 100000 for p in b]
`;
  const made = makeJob(script, numberedFiles(100));
  // The job folder is on the small disk, script and input are not.
  const disk = `${made.folder}-disk`;
  mkdirSync(disk);
  const folder = join(disk, "job");
  const jobFile = `${made.folder}.json`;
  writeFileSync(jobFile, JSON.stringify({ ...made.job, folder }));
  const commands = [
    `mount -t tmpfs -o size=64m none '${disk}'`,
    `mkdir '${folder}'`,
    `head -c 60000000 /dev/zero > '${disk}/ballast'`,
    `'${process.execPath}' '${program}' '${jobFile}' '${disk}/ballast'`,
    `wc -l < '${folder}/named-outputs/score/predictions.csv'`,
  ];
  const output = execFileSync("unshare", ["-rm", "sh", "-e", "-c", commands.join("\n")], { encoding: "utf8" });
  const [said, outcome, rows] = output.trim().split("\n");
  expect(JSON.parse(said!)[0]).toMatch(/the disk is full; the job pauses and needs about \d+\.\d MiB on .*job/);
  expect(JSON.parse(outcome!)).toMatchObject({ status: "Completed", scored: 100, failed: 0, error: null });
  expect(Number(rows)).toBe(100);
});
