import type { WorkerExit } from "../compute/compute.ts";

/** One phrase that says how a worker ended, for messages: "the process was killed by SIGSEGV". */
export function describeExit(exit: WorkerExit): string {
  if (exit.stuckPid !== null) return `the process ${exit.stuckPid} did not go away after SIGKILL; it is left behind`;
  if (exit.startError !== null) return `the process could not be started (${exit.startError.message})`;
  if (exit.signal !== null) return `the process was killed by ${exit.signal}`;
  const own = exit.code === null ? undefined : workerExitCodes[exit.code];
  return own ?? `the script ended the process (exit code ${exit.code})`;
}

/** Exit codes of the worker itself, see protocol/README.md. */
const workerExitCodes: Readonly<Record<number, string>> = {
  70: "the worker met an error of its own (exit code 70); its log tells more",
  76: "the worker's connection to the driver was broken (exit code 76)",
  77: "the script closed descriptors that are not its own (exit code 77)",
};

/** Signals that come from outside: a machine going down, an operator, the kernel short of memory. Others are the script's own doing. */
export function isFromOutside(exit: WorkerExit): boolean {
  return exit.signal === "SIGKILL" || exit.signal === "SIGTERM" || exit.signal === "SIGHUP" || exit.signal === "SIGINT";
}
