import { readdirSync, readFileSync } from "node:fs";

/** Sends a signal and does not mind when the process (group, when negative) is gone already. */
export function killQuietly(pid: number, signal: NodeJS.Signals | number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: gone. EPERM: the number belongs to somebody else by now. Both mean: not ours any more.
  }
}

/**
 * Kills every process whose environment has `name` with a value that is `value` or begins with `value/`. It finds daemons that left their session and were
 * re-parented. Linux only (reads /proc); elsewhere it does nothing.
 */
export function killProcessesWithVariable(name: string, value: string): void {
  for (const pid of findProcessesWithVariable(name, value)) killQuietly(pid, "SIGKILL");
}

/** The process ids that killProcessesWithVariable would kill; zombies have no environment and do not count. */
export function findProcessesWithVariable(name: string, value: string): number[] {
  if (process.platform !== "linux") return [];
  const found: number[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      if (variables.some((line) => line === `${name}=${value}` || line.startsWith(`${name}=${value}/`)))
        found.push(pid);
    } catch {
      // Ended since the listing, or another user's.
    }
  }
  return found;
}
