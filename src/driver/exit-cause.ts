import type { WorkerExit } from "../compute/compute.ts";

/** One phrase that says how a worker ended, for messages: "the process was killed by SIGSEGV". */
export function describeExit(exit: WorkerExit): string {
  if (exit.stuckPid !== null) return `the process ${exit.stuckPid} did not go away after SIGKILL; it is left behind`;
  if (exit.startError !== null) return `the process could not be started (${exit.startError.message})`;
  if (exit.signal !== null) return `the process was killed by ${exit.signal}`;
  return `the script ended the process (exit code ${exit.code})`;
}

/** Signals that come from outside: a machine going down, an operator, the kernel short of memory. Others are the script's own doing. */
export function isFromOutside(exit: WorkerExit): boolean {
  return exit.signal === "SIGKILL" || exit.signal === "SIGTERM" || exit.signal === "SIGHUP" || exit.signal === "SIGINT";
}
