/** The port between the driver and the place where workers run: start, watch and lose workers. `local.ts` has child processes; a Ray cluster comes beside it. */

import type { WorkerPaths } from "../storage/job-paths.ts";
import type { ChannelEvents, WorkerChannel } from "../worker/channel.ts";
import type { WorkerState } from "../worker/worker-state.ts";
import type { ProcessUsage } from "./process-usage.ts";

export interface WorkerSpec {
  /** Position in the pool, 0, 1, 2, …: names the log file. */
  readonly slot: number;
  /** Unique among all workers that the job ever has. */
  readonly name: string;
  /** Interpreter of the script's environment. */
  readonly python: string;
  readonly paths: WorkerPaths;
  /** Variables on top of the driver's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface WorkerExit {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the process could not be started at all. */
  readonly startError: Error | null;
  /** What it was doing last, null when that is not known. */
  readonly lastState: WorkerState | null;
  /** Process id of a worker that did not go away although it was killed; else null. */
  readonly stuckPid: number | null;
}

/** A worker as the driver sees it. */
export interface WorkerHandle {
  readonly channel: WorkerChannel;
  /** Resolves when the worker is gone and nothing more can arrive from it (or it was given up as stuck). Never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Tells the pid that the worker itself reported; needed to reach it behind its guardian. */
  setPid(pid: number): void;
  /** What it is doing now, or null when that is not known. Costs a few microseconds. */
  readState(): WorkerState | null;
  /** What it and everything it started use now; null when that is not known. */
  readUsage(): ProcessUsage | null;
  /** Asks for the Python stacks of all threads in the worker's log; works while C code holds the GIL. */
  dumpStacks(): void;
  /** Ends the worker and every process it started, at once. */
  kill(): void;
}

export interface Compute {
  startWorker(spec: WorkerSpec, events: ChannelEvents): WorkerHandle;
  /** Kills what an earlier, killed driver of this job may have left behind. */
  sweepLeftovers(): void;
}
