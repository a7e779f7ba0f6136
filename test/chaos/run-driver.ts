/** Starts a driver process and follows it to its end. */

import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tokenVariable } from "../../src/compute/local.ts";
import { findProcessesWithVariable } from "../../src/compute/process-tree.ts";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import type { DriverProgram } from "./driver-program.ts";

export interface DriverOutcome {
  /** `Killed`: by SIGKILL. `Refused`: an error instead of an outcome. `Crashed`: neither. `Stuck`: it did not end in time. */
  readonly status: "Completed" | "Failed" | "Interrupted" | "Killed" | "Refused" | "Crashed" | "Stuck";
  readonly listed?: number;
  readonly scored?: number;
  readonly failed?: number;
  readonly skipped?: number;
  readonly rows?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface DriverRun {
  readonly child: ChildProcess;
  readonly outcome: Promise<DriverOutcome>;
  hasEnded(): boolean;
  /** Resolves when the driver has said a line that begins with `word`, or has ended. */
  waitFor(word: string): Promise<void>;
}

export interface RunOptions {
  readonly program: DriverProgram;
  /** Put before `node`: strace, prlimit and the like. */
  readonly wrapper?: readonly string[];
  readonly limitMs?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Starts a driver on a job; the job is written to a file beside the job folder. */
export function startDriver(job: DriverJob, options: RunOptions): DriverRun {
  const file = `${job.folder}.json`;
  writeFileSync(file, JSON.stringify(job));
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", options.program.path, file];
  const [command, ...args] = [...(options.wrapper ?? []), ...node];
  const child = spawn(command!, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...options.program.environment, ...options.environment },
  });
  let said = "";
  let errors = "";
  let ended = false;
  let isStuck = false;
  const listeners = new Set<() => void>();
  const tellAll = () => {
    for (const listener of listeners) listener();
  };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    tellAll();
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const limit = setTimeout(() => {
    isStuck = true;
    child.kill("SIGKILL");
  }, options.limitMs ?? 60_000);
  const outcome = new Promise<DriverOutcome>((resolve) => {
    child.on("exit", () => {
      ended = true;
      tellAll();
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      const last = said.trim().split("\n").at(-1) ?? "";
      if (isStuck) resolve(makeError("Stuck", `it did not end in time; it said: ${said}${errors}`));
      else if (last.startsWith("{")) resolve(JSON.parse(last));
      else if (signal === "SIGKILL" || code === 137) resolve({ status: "Killed" });
      else resolve(makeError("Crashed", `exit code ${code}, signal ${signal}: ${errors}`));
    });
  });
  return {
    child,
    outcome,
    hasEnded: () => ended,
    waitFor: (word) =>
      new Promise((resolve) => {
        const look = () => {
          if (!ended && !said.split("\n").some((line) => line.startsWith(word))) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
  };
}

/** Runs a driver to its end. */
export function driveToEnd(job: DriverJob, options: RunOptions): Promise<DriverOutcome> {
  return startDriver(job, options).outcome;
}

/** Processes of a job: guardians, workers, and what these started. */
export function findJobProcesses(job: DriverJob): number[] {
  return findProcessesWithVariable(tokenVariable, job.folder);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function makeError(status: DriverOutcome["status"], message: string): DriverOutcome {
  return { status, error: { code: "none", message, hint: null } };
}
