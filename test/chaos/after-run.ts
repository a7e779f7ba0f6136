/** What must hold once a job has completed, whatever happened on the way. Each check gives a sentence when it does not hold. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { type DriverOutcome, findJobProcesses, sleep } from "./run-driver.ts";

/** What an undisturbed run of the same input left. */
export interface Expected {
  readonly output: string;
  readonly failedItems: string;
  readonly listed: number;
  readonly scored: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Takes down what a completed job left, for comparison. */
export function describeResult(job: DriverJob, outcome: DriverOutcome): Expected {
  const { listed = 0, scored = 0, failed = 0, skipped = 0 } = outcome;
  return { output: hashOutput(job), failedItems: readFailures(job), listed, scored, failed, skipped };
}

/** All that is wrong with a job that has completed; empty when nothing is. */
export async function findProblems(
  job: DriverJob,
  outcome: DriverOutcome,
  expected: Expected,
  /** The disk failed in the very run that completed: then files that a later run would remove may be left. */
  isDiskBad = false,
): Promise<string[]> {
  const problems: string[] = [];
  if (outcome.status !== "Completed") return [`it ended as ${JSON.stringify(outcome)}`];
  const found = describeResult(job, outcome);
  if (found.listed !== found.scored + found.failed + found.skipped)
    problems.push(`the items do not add up: ${JSON.stringify(outcome)}`);
  for (const key of Object.keys(expected) as (keyof Expected)[]) {
    if (found[key] !== expected[key]) problems.push(`${key} is ${found[key]}, and without faults ${expected[key]}`);
  }
  // Files first: reading the ledger makes some.
  if (!isDiskBad) problems.push(...findLeftFiles(job));
  problems.push(...findLedgerProblems(job, isDiskBad));
  const processes = await waitForProcesses(job);
  if (processes.length > 0) problems.push(`processes ${processes.join(", ")} are left`);
  return problems;
}

/** One hash over names and contents of all published files. */
export function hashOutput(job: DriverJob): string {
  const folder = job.settings.outputPath ?? jobPaths(job.folder).defaultOutput;
  if (!existsSync(folder)) return "none";
  const hash = createHash("sha256");
  for (const file of listFiles(folder)) hash.update(`${file.slice(folder.length)}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

/** Path and reason of each failed item. How many attempts were lost on the way may differ. */
function readFailures(job: DriverJob): string {
  const { failedItems } = jobPaths(job.folder);
  if (!existsSync(failedItems)) return "";
  const lines = readFileSync(failedItems, "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line) as { path: string; reason: string })
    .map(({ path, reason }) => `${path} ${reason}`)
    .sort()
    .join("\n");
}

/** Files that should be gone: partial ones, locks, what belongs to attempts and workers, the database's log. */
function findLeftFiles(job: DriverJob): string[] {
  const paths = jobPaths(job.folder);
  const problems: string[] = [];
  for (const path of [paths.workers, paths.files, paths.rows, `${paths.ledger}-wal`, `${paths.ledger}-shm`]) {
    if (existsSync(path)) problems.push(`${path} is left`);
  }
  if (existsSync(paths.spool) && readdirSync(paths.spool).length > 0) problems.push(`${paths.spool} is not empty`);
  const outputs = job.settings.outputPath === null ? [] : [join(job.settings.outputPath, "..")];
  for (const folder of [job.folder, ...outputs]) {
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /(^|\/)\..*(partial|batchwise)/.test(name),
    );
    if (left.length > 0) problems.push(`${left.join(", ")} left in ${folder}`);
  }
  return problems;
}

/** The ledger itself: sound, closed in order, each item in exactly one committed or quarantined mini-batch. */
function findLedgerProblems(job: DriverJob, isDiskBad: boolean): string[] {
  const { ledger } = jobPaths(job.folder);
  const db = new DatabaseSync(ledger, { readOnly: true });
  try {
    const problems: string[] = [];
    const check = Object.values(db.prepare("PRAGMA integrity_check(1)").get() ?? {})[0];
    if (check !== "ok") problems.push(`the ledger is damaged: ${check}`);
    const { clean } = db.prepare("SELECT clean FROM job").get() as { clean: number };
    if (clean !== 1 && !isDiskBad) problems.push("the ledger was not closed in order");
    const ended = db
      .prepare(
        `SELECT first_item AS first, items FROM result UNION ALL
         SELECT first_item, items FROM mini_batch WHERE state = 1 ORDER BY 1`,
      )
      .all() as { first: number; items: number }[];
    let next = 0;
    for (const { first, items } of ended) {
      if (first !== next)
        problems.push(`items ${Math.min(first, next)} to ${Math.max(first, next)} ended twice or never`);
      next = first + items;
    }
    return problems;
  } finally {
    db.close();
  }
}

/** Guardians of a killed driver need a moment to clean up. */
async function waitForProcesses(job: DriverJob): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const left = findJobProcesses(job);
    if (left.length === 0 || tries === 200) return left;
    await sleep(25);
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
