/**
 * Workers as child processes of the driver.
 *
 *   driver ── spawn ──► guardian ── fork ──► worker (own session) ──► whatever the script starts
 *
 * The process that Node starts is the guardian (python/batchwise_worker/guardian.py): it notices the driver's death even while the worker holds the GIL,
 * kills everything below it, and ends as the worker ended. The driver kills a worker by SIGTERM to the guardian, and goes round it when it does not answer.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type ChannelEvents, WorkerChannel } from "../worker/channel.ts";
import { readWorkerState, stateFileBytes, type WorkerState } from "../worker/worker-state.ts";
import type { Compute, WorkerExit, WorkerHandle, WorkerSpec } from "./compute.ts";
import { killProcessesWithVariable, killQuietly } from "./process-tree.ts";
import { type ProcessUsage, readProcessUsage } from "./process-usage.ts";

/** The environment variable that marks every process of a job, so that leftovers can be found. */
export const tokenVariable = "BATCHWISE_JOB_TOKEN";

/** SIGRTMIN + 3 with glibc, which keeps 32 and 33 for itself; the worker registers a dump of all stacks on it. */
const dumpStacksSignal = 37;
/** How long a killed worker may take to go before it is gone round, and then given up. */
const guardianPatienceMs = 1_000;
const stuckPatienceMs = 3_000;
/** How long after the exit data may still arrive on the socket pair: it is in the kernel already, so this is only a bound. */
const lastDataPatienceMs = 1_000;

export const workerPackage = fileURLToPath(new URL("../../python/batchwise_worker", import.meta.url));

/** Runs workers on this machine. `token` is unique to the job. */
export class LocalCompute implements Compute {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  startWorker(spec: WorkerSpec, events: ChannelEvents): WorkerHandle {
    return new LocalWorker(spec, this.#token, events);
  }

  sweepLeftovers(): void {
    killProcessesWithVariable(tokenVariable, this.#token);
  }
}

class LocalWorker implements WorkerHandle {
  readonly channel: WorkerChannel;
  readonly exited: Promise<WorkerExit>;
  readonly #child: ChildProcess;
  readonly #stateFd: number;
  readonly #token: string;
  #workerPid: number | null = null;
  #killed = false;
  #isGone = false;
  #giveUp: (() => void) | null = null;

  constructor(spec: WorkerSpec, token: string, events: ChannelEvents) {
    // A token of its own lets us find the children of this one worker when its guardian was killed from outside.
    this.#token = `${token}/${spec.name}`;
    const { paths } = spec;
    for (const folder of [paths.scratch, paths.output, paths.take]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#stateFd = openSync(paths.state, "wx+", 0o600);
    writeSync(this.#stateFd, Buffer.alloc(stateFileBytes));
    const log = openSync(paths.log, "a", 0o600);
    try {
      this.#child = spawn(spec.python, [workerPackage], {
        cwd: paths.scratch,
        // In a session of its own a Ctrl-C of the terminal does not reach the worker.
        detached: true,
        stdio: ["ignore", log, log, "pipe"],
        env: { ...process.env, ...spec.environment, [tokenVariable]: this.#token },
      });
    } finally {
      closeSync(log);
    }
    const wire = this.#child.stdio?.[3];
    if (wire == null) {
      // Without descriptors (EMFILE) there are no streams either; the error itself comes as an event that somebody must take.
      this.#child.once("error", () => {});
      closeSync(this.#stateFd);
      throw new Error(
        `${spec.python} could not be started: the process has too few file descriptors or processes left`,
      );
    }
    const closed = Promise.withResolvers<void>();
    this.channel = new WorkerChannel(wire as Socket, {
      onMessage: (message) => events.onMessage(message),
      onClose: (error) => {
        closed.resolve();
        events.onClose(error);
      },
    });
    this.exited = this.#watchExit(closed.promise);
  }

  setPid(pid: number): void {
    this.#workerPid = pid;
  }

  readState(): WorkerState | null {
    return this.#isGone ? null : readWorkerState(this.#stateFd);
  }

  readUsage(): ProcessUsage | null {
    return this.#isGone || this.#workerPid === null ? null : readProcessUsage(this.#workerPid);
  }

  dumpStacks(): void {
    if (this.#workerPid !== null) killQuietly(this.#workerPid, dumpStacksSignal);
  }

  kill(): void {
    if (this.#killed || this.#isGone) return;
    this.#killed = true;
    if (this.#child.pid === undefined) return;
    killQuietly(this.#child.pid, "SIGTERM");
    const goRound = setTimeout(() => this.#killDirectly(), guardianPatienceMs);
    const giveUp = setTimeout(() => this.#giveUp?.(), stuckPatienceMs);
    void this.exited.then(() => {
      clearTimeout(goRound);
      clearTimeout(giveUp);
    });
  }

  #killDirectly(): void {
    if (this.#workerPid !== null) killQuietly(-this.#workerPid, "SIGKILL");
    if (this.#child.pid !== undefined) killQuietly(this.#child.pid, "SIGKILL");
    killProcessesWithVariable(tokenVariable, this.#token);
  }

  async #watchExit(closed: Promise<void>): Promise<WorkerExit> {
    const ended = Promise.withResolvers<Omit<WorkerExit, "lastState">>();
    this.#child.once("error", (startError) => {
      ended.resolve({ code: null, signal: null, startError, stuckPid: null });
    });
    // "exit", not "close": a daemon that the script left behind may hold the log for ever.
    this.#child.once("exit", (code, signal) => ended.resolve({ code, signal, startError: null, stuckPid: null }));
    this.#giveUp = () => {
      ended.resolve({
        code: null,
        signal: "SIGKILL",
        startError: null,
        stuckPid: this.#workerPid ?? this.#child.pid ?? null,
      });
    };
    const exit = await ended.promise;
    // A guardian killed from outside could not tidy up after its worker.
    if (exit.signal === "SIGKILL") this.#killDirectly();
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, lastDataPatienceMs);
    await Promise.race([closed, patience.promise]);
    clearTimeout(timer);
    this.channel.close();
    const lastState = readWorkerState(this.#stateFd);
    this.#isGone = true;
    closeSync(this.#stateFd);
    return { ...exit, lastState };
  }
}
