import type { AttemptEntry } from "../output/ledger-types.ts";
import type { FailureCause } from "./failure-cause.ts";
import type { InFlight, WorkerSlot } from "./worker-slot.ts";

/** The record of an attempt that was lost through no fault of the script. */
export function describeLost(slot: WorkerSlot, { batch, attempt }: InFlight): AttemptEntry {
  return {
    miniBatch: batch.id,
    attempt,
    outcome: "lost",
    reason: "worker_lost",
    worker: slot.index,
    startedUs: 0,
    runUs: 0,
    cpuUs: 0,
    maxRss: 0,
    logStart: 0,
    logEnd: 0,
    error: null,
  };
}

/** The record of an attempt that failed. */
export function describeFailed(slot: WorkerSlot, { batch, attempt }: InFlight, cause: FailureCause): AttemptEntry {
  return {
    miniBatch: batch.id,
    attempt,
    outcome: "failed",
    reason: cause.reason,
    worker: slot.index,
    startedUs: 0,
    runUs: cause.runUs,
    cpuUs: cause.cpuUs,
    maxRss: cause.maxRss,
    logStart: cause.log[0],
    logEnd: cause.log[1],
    error: JSON.stringify(cause.error),
  };
}
