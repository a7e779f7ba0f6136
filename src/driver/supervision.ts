import { appendFileSync, statSync } from "node:fs";
import type { JobSettings } from "../config/job-settings.ts";
import { type JobPaths, workerPaths } from "../storage/job-paths.ts";
import { monotonicMs } from "../worker/worker-state.ts";
import type { KillReason, WorkerSlot } from "./worker-slot.ts";

/** A process that has not said hello after that long will not. */
const helloMs = 60_000;
const stopMs = 10_000;
/** Time for the worker to write its stacks before it is killed; the signal handler is C code and needs far less. */
const stacksMs = 150;
/** Formatting and sending may take this long at least: the script's own `__str__` may hang there. */
const minSendingMs = 30_000;

/** Looks at one worker and calls `kill` when its time is over. The clock of run() is the worker's own, see the state file in protocol/README.md. */
export function superviseSlot(
  slot: WorkerSlot,
  settings: JobSettings,
  job: JobPaths,
  kill: (reason: KillReason) => void,
): void {
  const now = performance.now();
  const age = now - slot.sinceMs;
  if (slot.killAtMs !== null) {
    if (now >= slot.killAtMs) kill(slot.state === "loading" ? "init_timeout" : "timeout");
    return;
  }
  if (slot.killReason !== null) return;
  if (slot.state === "starting" && age > helloMs) kill("init_timeout");
  else if (slot.state === "stopping" && age > stopMs) kill("stop");
  else if (slot.state === "loading" && age > settings.initTimeoutMs) {
    askForStacks(slot, job, `init() did not finish within ${settings.initTimeoutMs / 1000} s`);
  } else if (slot.state === "ready" && isOverdue(slot, settings)) {
    askForStacks(slot, job, `run() took longer than ${settings.timeoutMs / 1000} s`);
  }
}

function isOverdue(slot: WorkerSlot, settings: JobSettings): boolean {
  const state = slot.handle?.readState() ?? null;
  // The mini-batch may be one that was taken away from this worker too late; it must not run for ever either.
  if (state === null) return false;
  const elapsedMs = monotonicMs() - state.sinceMs;
  if (state.phase === "run") return elapsedMs > settings.timeoutMs;
  if (state.phase === "sending") return elapsedMs > Math.max(settings.timeoutMs, minSendingMs);
  return false;
}

function askForStacks(slot: WorkerSlot, job: JobPaths, what: string): void {
  const { log } = workerPaths(job, slot.index, slot.name);
  slot.stacksFrom = statSync(log).size;
  appendFileSync(log, `batchwise: ${what}; the worker is killed. What it was doing:\n`);
  slot.handle?.dumpStacks();
  slot.killAtMs = performance.now() + stacksMs;
}
