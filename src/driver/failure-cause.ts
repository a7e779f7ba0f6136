import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { WorkerExit } from "../compute/compute.ts";
import type { JobSettings } from "../config/job-settings.ts";
import type { LogRange, ScriptError, WorkerFailure } from "../worker/messages.ts";
import { describeExit, isFromOutside } from "./exit-cause.ts";
import { formatBytes } from "./format-bytes.ts";
import type { MiniBatch } from "./mini-batch.ts";
import type { KillReason, WorkerSlot } from "./worker-slot.ts";

/** Why an attempt failed: one shape, whether the worker told it or died of it. */
export interface FailureCause {
  readonly reason: string;
  readonly error: ScriptError;
  readonly worker: number;
  readonly runUs: number;
  readonly cpuUs: number;
  readonly maxRss: number;
  readonly log: LogRange;
}

/** Deaths by a signal from outside that a mini-batch may meet before it is held responsible for them (the kernel's out-of-memory kill looks the same). */
const maxLost = 3;
const maxStacksBytes = 64 * 1024;

/** The cause as the worker reported it. */
export function failureCause(slot: WorkerSlot, failure: WorkerFailure, settings: JobSettings): FailureCause {
  const error = failure.error ?? { type: "", message: failure.reason, traceback: "" };
  const isMemory = settings.memoryLimitBytes !== null && error.type.endsWith("MemoryError");
  return {
    reason: isMemory ? "out_of_memory" : failure.reason,
    error: isMemory ? { ...error, message: describeMemory(settings, Math.max(slot.maxRss, failure.maxRss)) } : error,
    worker: slot.index,
    runUs: failure.runUs,
    cpuUs: failure.cpuUs,
    maxRss: failure.maxRss,
    log: failure.log,
  };
}

/** What the death of a worker means for the mini-batch that was running: the cause of a failed attempt, or null when it was no fault of the script. */
export function chargeRunning(
  slot: WorkerSlot,
  batch: MiniBatch,
  exit: WorkerExit,
  killReason: KillReason | null,
  settings: JobSettings,
): FailureCause | null {
  if (killReason === "stop" || killReason === "late" || killReason === "init_timeout") return null;
  if (killReason === "timeout") {
    const error = { type: "TimeoutError", message: slot.deadlineText, traceback: readStacks(slot) };
    return cause(slot, "timeout", error, 0);
  }
  if (killReason === "memory") {
    return cause(
      slot,
      "out_of_memory",
      { type: "MemoryError", message: describeMemory(settings, slot.maxRss), traceback: "" },
      0,
    );
  }
  if (killReason === "wire") {
    const message =
      "the worker's connection was closed or sent garbage: the script may have closed or written to a descriptor that is not its own";
    return cause(slot, "wire", { type: "", message, traceback: "" }, 0);
  }
  if (isFromOutside(exit) && ++batch.lostAttempts < maxLost) return null;
  const outOfMemory = isFromOutside(exit)
    ? `, ${maxLost} times with this mini-batch; the machine may be short of memory`
    : "";
  const reason = exit.signal === null ? "exit" : isFromOutside(exit) ? "killed" : "crash";
  const message = `${describeExit(exit)}${outOfMemory}`;
  return cause(slot, reason, { type: exit.signal ?? "", message, traceback: readStacks(slot) }, 0);
}

function describeMemory(settings: JobSettings, peakBytes: number): string {
  return `the worker needed more memory than its limit of ${formatBytes(settings.memoryLimitBytes ?? 0)}; its peak was ${formatBytes(peakBytes)}`;
}

function cause(slot: WorkerSlot, reason: string, error: ScriptError, runUs: number): FailureCause {
  const end = logBytes(slot);
  return {
    reason,
    error,
    worker: slot.index,
    runUs,
    cpuUs: 0,
    maxRss: slot.maxRss,
    log: [Math.min(slot.logEnd, end), end],
  };
}

function logBytes(slot: WorkerSlot): number {
  const fd = openSync(slot.paths.log, "r");
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** What faulthandler wrote at the end of the worker's log, without the frames of our own files. */
function readStacks(slot: WorkerSlot): string {
  const fd = openSync(slot.paths.log, "r");
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(slot.stacksFrom, slot.logEnd, size - maxStacksBytes, 0);
    const tail = Buffer.alloc(Math.max(0, size - start));
    readSync(fd, tail, 0, tail.byteLength, start);
    const lines = tail.toString("utf8").split("\n");
    const first = lines.findIndex((line) => /^(Fatal Python error|Current thread|Thread 0x)/.test(line));
    if (first < 0) return "";
    return lines
      .slice(first)
      .filter((line) => !line.includes("/batchwise_worker/"))
      .join("\n");
  } finally {
    closeSync(fd);
  }
}
