/**
 * Damage: every byte of the rows file and of the ledger of a small job folder is changed in three ways, one at a time (a bit flipped, zero, 0xFF). The folder is then
 * opened, finished and published. That must give what the sound folder gives, or end in an error for users; never other rows, files or failed items.
 */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchwiseError } from "../../src/errors.ts";
import { Ledger } from "../../src/output/ledger.ts";
import * as make from "../helpers/ledger-fixtures.ts";
import { Random } from "../support/random.ts";
import { listContents } from "./list-contents.ts";

export const mutationKinds = ["bit flipped", "zero", "0xFF"] as const;

export interface MutationOptions {
  readonly seed: number;
  /** Changes one byte of each n; 1 changes all. */
  readonly stride: number;
  /** Of `parts` processes side by side, the one with this number. */
  readonly part?: number;
  readonly parts?: number;
  onCase?(report: MutationReport): void;
}

export interface MutationReport {
  cases: number;
  /** Mutations that changed nothing, since the byte was so already. */
  same: number;
  recovered: number;
  readonly refused: Map<string, number>;
  readonly problems: string[];
}

/** `unclean`: as a killed driver leaves it, with a log beside the ledger. */
type FolderKind = "closed" | "unclean";

export function runMutations(options: MutationOptions): MutationReport {
  const report: MutationReport = { cases: 0, same: 0, recovered: 0, refused: new Map(), problems: [] };
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "batchwise-damage-"));
  const random = new Random(options.seed);
  try {
    let index = 0;
    for (const kind of ["closed", "unclean"] as const) {
      const sound = makeSound(join(root, kind), kind);
      const expected = finish(sound, join(root, "try"));
      if (typeof expected !== "string") throw expected;
      for (const name of ["rows", "ledger.sqlite", "ledger.sqlite-wal"]) {
        const path = join(sound, name);
        const bytes = existsSync(path) ? statSync(path).size : 0;
        for (let from = 0; from < bytes; from += options.stride) {
          const offset = Math.min(bytes - 1, from + random.integer(0, options.stride - 1));
          const bit = random.integer(0, 7);
          if (index++ % (options.parts ?? 1) !== (options.part ?? 0)) continue;
          for (const how of mutationKinds) {
            tryMutation({ sound, name, offset, bit, how, expected, target: join(root, "try") }, report);
            options.onCase?.(report);
          }
        }
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return report;
}

interface Mutation {
  readonly sound: string;
  readonly name: string;
  readonly offset: number;
  readonly bit: number;
  readonly how: (typeof mutationKinds)[number];
  readonly expected: string;
  readonly target: string;
}

function tryMutation(mutation: Mutation, report: MutationReport): void {
  const { sound, name, offset, bit, how, expected, target } = mutation;
  const bytes = readFileSync(join(sound, name));
  const before = bytes[offset]!;
  bytes[offset] = how === "zero" ? 0 : how === "0xFF" ? 0xff : before ^ (1 << bit);
  report.cases++;
  if (bytes[offset] === before) {
    report.same++;
    return;
  }
  const found = finish(sound, target, (job) => writeFileSync(join(job, name), bytes));
  const where = `${name} byte ${offset} ${how} (${before} became ${bytes[offset]}), folder ${sound.split("/").at(-1)}`;
  if (typeof found === "string") {
    if (found === expected) report.recovered++;
    else report.problems.push(`${where}: other data\n${found}\ninstead of\n${expected}`);
  } else if (found instanceof BatchwiseError && found.code !== "internal") {
    report.refused.set(found.code, (report.refused.get(found.code) ?? 0) + 1);
  } else {
    const text = found instanceof Error ? String(found.stack) : String(found);
    report.problems.push(`${where}: not an error for users: ${text}`);
  }
}

/** A job folder with rows in and out of order, a file of the script, failed items, and one mini-batch that is still to come. */
function makeSound(folder: string, kind: FolderKind): string {
  const job = join(folder, "job");
  mkdirSync(job, { recursive: true });
  const ledger = Ledger.open(job, { create: true, settings: make.makeSettings(join(folder, "out")) });
  planAll(ledger);
  for (const id of [2, 0, 1]) score(ledger, job, id);
  if (kind === "closed") {
    ledger.close();
    return job;
  }
  const copy = join(folder, "unclean", "job");
  cpSync(job, copy, { recursive: true });
  ledger.close();
  return copy;
}

/** Plans what is not planned yet, as the listing does, which goes on where the ledger says. */
function planAll(ledger: Ledger): void {
  const { nextPlannedId, counts } = ledger.takeStock();
  if (counts.planComplete) return;
  const plan = [0, 1, 2, 3].filter((id) => id >= nextPlannedId).map((id) => make.makePlan(id, id * 2, 2));
  ledger.commit(make.makeGroup({ plan, planComplete: true, cursor: "end" }));
}

/** What the script makes of a mini-batch, always the same: two rows, for 2 a file besides, and 1 fails. */
function score(ledger: Ledger, job: string, id: number): void {
  const items = Buffer.concat(ledger.payloads([id])).toString();
  const { failedAttempts = 0, lastAttempt = 0 } = ledger.pending(id - 1, 1)[0] ?? {};
  const attempt = lastAttempt + 1;
  if (id === 1) {
    const unscored = [2, 3].map((item) =>
      make.makeUnscored({ path: `/in/item-${item}`, miniBatch: 1, attempts: failedAttempts + 1 }),
    );
    ledger.commit(make.makeGroup({ quarantined: [1], unscored, attempts: [make.makeAttempt(1, attempt, "failed")] }));
    return;
  }
  const result = make.makeResult(id, `row of ${id}\n${items}\n`, {
    attempt,
    files: id === 2 ? { folder: writeStaged(job), entries: [["x", 9]] } : null,
  });
  ledger.commit(make.makeGroup(make.pairUp(result)));
}

function writeStaged(job: string): string {
  const folder = join(job, "workers", "0");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "x"), "file of 2");
  return folder;
}

/** Opens a copy of the folder, finishes the job, publishes. Returns all that a user would see as one text, or the error. */
function finish(sound: string, target: string, damage?: (job: string) => void): string | unknown {
  rmSync(target, { recursive: true, force: true });
  const job = join(target, "job");
  cpSync(sound, job, { recursive: true });
  damage?.(job);
  const out = join(target, "out");
  let ledger: Ledger | null = null;
  try {
    ledger = Ledger.open(job, { create: false, settings: make.makeSettings(out) });
    planAll(ledger);
    for (const { id } of ledger.pending()) score(ledger, job, id);
    ledger.verifyAccounting();
    ledger.publish();
    ledger.writeFailedItems();
    const { listed, scored, failed, skipped, rows } = ledger.counts();
    const failures = readFileSync(join(job, "failed-items.jsonl"), "utf8");
    return JSON.stringify([{ listed, scored, failed, skipped, rows }, listContents(out), failures]);
  } catch (error) {
    return error;
  } finally {
    ledger?.close();
  }
}
