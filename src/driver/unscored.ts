import { join } from "node:path";
import type { RejectedEntry } from "../input/input.ts";
import type { ResultEntry, UnscoredItem } from "../output/ledger-types.ts";
import { decodeItems } from "../storage/item-payload.ts";
import type { WorkerResult } from "../worker/messages.ts";
import type { WaitingResult } from "./commit-buffer.ts";
import type { FailureCause } from "./failure-cause.ts";
import type { MiniBatch } from "./mini-batch.ts";
import type { InFlight, WorkerSlot } from "./worker-slot.ts";

/** A traceback is kept whole for each item of a small mini-batch; for a large one this much of its end, or the ledger would grow by it a thousand times. */
const wholeTracebackItems = 10;
const tracebackTail = 2_000;

/** The entry of an item that the listing did not hand on. */
export function describeRejected(entry: RejectedEntry): UnscoredItem {
  return { ...noAttempt, path: entry.path, outcome: entry.outcome, reason: entry.reason, message: entry.detail };
}

/** All items of a mini-batch that is given up. */
export function describeBatchFailure(batch: MiniBatch, cause: FailureCause): UnscoredItem[] {
  const { type, message, traceback } = cause.error;
  return decodeItems(batch.payload).map((item) => ({
    path: item.folder + item.name,
    outcome: "failed",
    reason: cause.reason,
    count: 1,
    miniBatch: batch.id,
    attempts: batch.attemptsBefore + batch.failedAttempts,
    errorType: type === "" ? null : type,
    message,
    traceback:
      traceback === "" ? null : batch.items <= wholeTracebackItems ? traceback : traceback.slice(-tracebackTail),
    worker: cause.worker,
    logStart: cause.log[0],
    logEnd: cause.log[1],
  }));
}

/** A result as it is committed, with the items of it that have no row: those that had changed or vanished, and those that run() returned nothing for. */
export function describeResult(slot: WorkerSlot, flight: InFlight, result: WorkerResult): WaitingResult {
  const { batch } = flight;
  const missing = batch.items - result.excluded.length - result.scored;
  const unscored: UnscoredItem[] = [];
  const where = {
    ...noAttempt,
    outcome: "failed" as const,
    miniBatch: batch.id,
    attempts: flight.attempt,
    worker: slot.index,
    logStart: result.log[0],
    logEnd: result.log[1],
  };
  if (result.excluded.length > 0) {
    const items = decodeItems(batch.payload);
    for (const { index, reason, detail } of result.excluded) {
      const item = items[index];
      unscored.push({
        ...where,
        path: item === undefined ? null : item.folder + item.name,
        reason,
        // What the script refuses, it refuses in the next job too.
        message: reason === "refused" ? detail : `${detail}; it can be scored in a new job`,
      });
    }
  }
  if (missing > 0) {
    const message = `run() returned ${result.elements} element${result.elements === 1 ? "" : "s"} for ${batch.items - result.excluded.length} items`;
    unscored.push({ ...where, path: null, reason: "too_few_rows", count: missing, message });
  }
  slot.logEnd = result.log[1];
  if (result.maxRss > 0) slot.maxRss = result.maxRss;
  return {
    firstItem: batch.firstItem,
    unscored,
    result: buildResultEntry(flight, result, batch.items - result.scored, slot.paths.take),
    attempt: {
      miniBatch: batch.id,
      attempt: flight.attempt,
      outcome: "succeeded",
      reason: null,
      worker: slot.index,
      startedUs: result.startedUs,
      runUs: result.runUs,
      cpuUs: result.cpuUs,
      maxRss: slot.maxRss,
      logStart: result.log[0],
      logEnd: result.log[1],
      error: null,
    },
  };
}

function buildResultEntry(flight: InFlight, result: WorkerResult, failed: number, takeFolder: string): ResultEntry {
  flight.parts?.add(result.rows);
  return {
    miniBatch: flight.batch.id,
    attempt: flight.attempt,
    rows: flight.parts?.finish() ?? { bytes: [result.rows] },
    rowsBytes: result.rows.byteLength + result.partBytes,
    rowsCrc: result.crc,
    rowCount: result.rowCount,
    elements: result.elements,
    scored: result.scored,
    failed,
    columns: result.columns,
    files: result.take === null ? null : { folder: join(takeFolder, result.take), entries: result.files },
  };
}

const noAttempt = {
  count: 1,
  miniBatch: null,
  attempts: 0,
  errorType: null,
  message: null,
  traceback: null,
  worker: null,
  logStart: null,
  logEnd: null,
} as const;
