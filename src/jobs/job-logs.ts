import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { jobFolderOf } from "./home.ts";

/** A part of a worker's log. */
export interface LogRange {
  /** For people: what it is about. */
  readonly title: string;
  readonly file: string;
  readonly start: number;
  /** Null for the end of the file, whatever is added. */
  readonly end: number | null;
}

/** Whose output to show: of the attempts at one mini-batch, at the mini-batches of one item, of one worker, or of all workers. */
export type LogSelector =
  | { readonly miniBatch: number }
  | { readonly item: string }
  | { readonly worker: number }
  | { readonly all: true };

/** Finds the parts of the workers' logs that are asked for. Throws `mini_batch_not_found`, `item_not_found` or `log_not_found`. */
export function findLogRanges(home: string, name: string, selector: LogSelector): LogRange[] {
  const folder = jobFolderOf(home, name);
  if ("worker" in selector) return [wholeLog(folder, name, selector.worker)];
  if ("all" in selector) return listWorkers(folder).map((worker) => wholeLog(folder, name, worker));
  const reader = LedgerReader.openIfBegun(folder);
  if (reader === null) return [];
  try {
    return findMiniBatches(reader, name, selector).flatMap((id) => rangesOf(reader, folder, id));
  } finally {
    reader.close();
  }
}

function findMiniBatches(
  reader: LedgerReader,
  name: string,
  selector: { miniBatch: number } | { item: string },
): number[] {
  if ("miniBatch" in selector) {
    if (reader.miniBatch(selector.miniBatch) !== null) return [selector.miniBatch];
    throw new BatchwiseError("mini_batch_not_found", `job ${name} has no mini-batch ${selector.miniBatch}`, {
      hint: `it has ${reader.counts().miniBatches} so far, counted from 0`,
    });
  }
  const found = reader.miniBatchesOf(resolve(selector.item));
  if (found.length > 0) return found.map(({ id }) => id);
  throw new BatchwiseError("item_not_found", `job ${name} has no item ${resolve(selector.item)}`, {
    hint: "give the path of a file of the input; a relative path is relative to the current folder",
  });
}

function rangesOf(reader: LedgerReader, folder: string, miniBatch: number): LogRange[] {
  return reader.attempts(miniBatch).map(({ attempt, outcome, reason, worker, logStart, logEnd }) => ({
    title: `mini-batch ${miniBatch}, attempt ${attempt}, worker ${worker}: ${outcome}${reason === null ? "" : ` (${reason})`}`,
    file: logFile(folder, worker),
    start: logStart,
    end: logEnd,
  }));
}

function wholeLog(folder: string, name: string, worker: number): LogRange {
  const file = logFile(folder, worker);
  if (!existsSync(file)) {
    const workers = listWorkers(folder);
    throw new BatchwiseError("log_not_found", `job ${name} has no log of a worker ${worker}`, {
      hint:
        workers.length === 0 ? "no worker has been started yet" : `it has logs of the workers ${workers.join(", ")}`,
    });
  }
  return { title: `worker ${worker}`, file, start: 0, end: null };
}

function listWorkers(folder: string): number[] {
  const { logs } = jobPaths(folder);
  if (!existsSync(logs)) return [];
  return readdirSync(logs)
    .flatMap((entry) => /^worker-(\d+)\.log$/.exec(entry)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function logFile(folder: string, worker: number): string {
  return join(jobPaths(folder).logs, `worker-${worker}.log`);
}

/** The bytes of a part, in pieces; returns where it ended, so that a caller who follows can go on from there. */
export function* readLogRange(range: LogRange): Generator<Buffer, number> {
  if (!existsSync(range.file)) return range.start;
  const file = openSync(range.file, "r");
  try {
    const end = range.end ?? statSync(range.file).size;
    let at = range.start;
    while (at < end) {
      const buffer = Buffer.allocUnsafe(Math.min(64 * 1024, end - at));
      const bytes = readSync(file, buffer, 0, buffer.byteLength, at);
      if (bytes === 0) break;
      at += bytes;
      yield buffer.subarray(0, bytes);
    }
    return at;
  } finally {
    closeSync(file);
  }
}
