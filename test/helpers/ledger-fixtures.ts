/** What the tests of the output side share: a job folder that goes away again, and groups that are quickly made. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type {
  AttemptEntry,
  LedgerGroup,
  OutputSettings,
  PlanEntry,
  ResultEntry,
  UnscoredItem,
} from "../../src/output/ledger-types.ts";
import { encodeItems } from "../../src/storage/item-payload.ts";

/** Makes a folder for a test and returns it with what removes it. */
export function makeTestFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-output-"));
  mkdirSync(join(folder, "job"), { mode: 0o700 });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function makeSettings(outputFolder: string, changes: Partial<OutputSettings> = {}): OutputSettings {
  return {
    outputFolder,
    outputFileName: "predictions.csv",
    outputAction: "append_row",
    outputFormat: "azureml",
    onConflict: "fail",
    overwrite: false,
    ...changes,
  };
}

export function makeGroup(changes: Partial<LedgerGroup>): LedgerGroup {
  const empty = { plan: [], replaced: [], results: [], attempts: [], quarantined: [], unscored: [] };
  return { ...empty, cursor: null, planComplete: false, ...changes };
}

/** A mini-batch of items `/in/<index>` of `index` bytes each. */
export function makePlan(id: number, firstItem: number, items: number, parent?: number): PlanEntry {
  const list = Array.from({ length: items }, (_, index) => ({
    folder: "/in/",
    name: `item-${firstItem + index}`,
    size: firstItem + index,
    mtimeMs: 1_700_000_000_000.25,
  }));
  const payload = encodeItems(list);
  const bytes = list.reduce((sum, item) => sum + item.size, 0);
  const entry = { id, firstItem, items, bytes, payload, crc: crc32(payload) };
  return parent === undefined ? entry : { ...entry, parent };
}

/** A result with rows as text, and the attempt that goes with it. */
export function makeResult(
  miniBatch: number,
  rows: string,
  changes: Partial<ResultEntry> = {},
): { result: ResultEntry; attempt: AttemptEntry } {
  const bytes = Buffer.from(rows);
  const rowCount = rows.split("\n").length - 1;
  const result: ResultEntry = {
    miniBatch,
    attempt: 1,
    rows: { bytes: [bytes] },
    rowsBytes: bytes.byteLength,
    rowsCrc: crc32(bytes),
    rowCount,
    elements: rowCount,
    scored: rowCount,
    failed: 0,
    columns: null,
    files: null,
    ...changes,
  };
  return { result, attempt: makeAttempt(miniBatch, result.attempt, "succeeded") };
}

export function makeAttempt(miniBatch: number, attempt: number, outcome: AttemptEntry["outcome"]): AttemptEntry {
  const error = outcome === "failed" ? JSON.stringify({ type: "ValueError", message: "bad", traceback: "…" }) : null;
  const reason = outcome === "succeeded" ? null : outcome === "failed" ? "exception" : "killed";
  const log = { logStart: 10 * attempt, logEnd: 10 * attempt + 5 };
  const times = { startedUs: 1_700_000_000_000_000 + attempt, runUs: 1000, cpuUs: 900, maxRss: 1 << 20 };
  return { miniBatch, attempt, outcome, reason, worker: 0, ...times, ...log, error };
}

export function makeUnscored(changes: Partial<UnscoredItem>): UnscoredItem {
  const place = {
    path: "/in/item",
    outcome: "failed",
    reason: "exception",
    count: 1,
    miniBatch: null,
    attempts: 1,
  } as const;
  const error = { errorType: "ValueError", message: "bad", traceback: "Traceback …" };
  return { ...place, ...error, worker: 0, logStart: 0, logEnd: 5, ...changes };
}

/** Results and attempts of a group, from pairs. */
export function pairUp(...pairs: readonly { result: ResultEntry; attempt: AttemptEntry }[]): Partial<LedgerGroup> {
  return { results: pairs.map((pair) => pair.result), attempts: pairs.map((pair) => pair.attempt) };
}
