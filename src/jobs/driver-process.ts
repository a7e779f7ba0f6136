/**
 * Whether a job has a driver. The lock in the job folder is the truth once the driver has taken it; before that, `driver.json` names the process that was started
 * to take it, so that a job on its way to a start is not started twice.
 */

import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isSystemError } from "../errors.ts";
import { writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { readLockHolder } from "../storage/os-lock.ts";
import { isLockHeld } from "./lock-probe.ts";

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it was started, in the clock ticks of /proc since the machine was; null where there is no /proc. */
  readonly startTicks: string | null;
  /** Differs after each start of the machine; null where there is no /proc. */
  readonly boot: string | null;
}

export interface StartedDriver extends ProcessIdentity {
  /** Mini-batches that were done when it was started: whether an automatic resume has brought the job on. */
  readonly doneBefore: number;
}

export function writeStartedDriver(folder: string, pid: number, doneBefore: number): void {
  const driver: StartedDriver = {
    pid,
    host: hostname(),
    startTicks: readStartTicks(pid),
    boot: readBoot(),
    doneBefore,
  };
  writeFileAtomic(jobPaths(folder).driver, [`${JSON.stringify(driver)}\n`]);
}

/** The process that was started last to drive the job, or null when none ever was. */
export function readStartedDriver(folder: string): StartedDriver | null {
  try {
    return JSON.parse(readFileSync(jobPaths(folder).driver, "utf8")) as StartedDriver;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return null;
    throw error;
  }
}

/** True while a process drives the job, or was started to do so and lives. Not to be asked by the driver of the job itself. */
export function hasDriver(folder: string): boolean {
  if (isLockHeld(jobPaths(folder).lock)) return true;
  const started = readStartedDriver(folder);
  return started !== null && isRunning(started);
}

/** The process that drives the job: for signals. Null when there is none on this machine. */
export function findDriverPid(folder: string): number | null {
  const { lock } = jobPaths(folder);
  const holder = isLockHeld(lock) ? readLockHolder(lock) : null;
  if (holder !== null && holder.host === hostname()) return holder.pid;
  const started = readStartedDriver(folder);
  return started !== null && isRunning(started) ? started.pid : null;
}

/** True while the very process runs; a zombie has ended. */
export function isRunning(process: ProcessIdentity): boolean {
  if (process.host !== hostname() || process.boot !== readBoot()) return false;
  if (process.startTicks !== null) return readStartTicks(process.pid) === process.startTicks;
  return doesExist(process.pid);
}

/** Null when there is no such process, when it has ended and waits for its parent, and where there is no /proc. */
export function readStartTicks(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
  // The second field is the program's name in brackets, which may hold anything; what follows begins with the state.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTicks] = [fields[0], fields[19]];
  return state === "Z" || state === "X" || startTicks === undefined ? null : startTicks;
}

function readBoot(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

function doesExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, "EPERM");
  }
}
