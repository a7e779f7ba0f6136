/** Running a driver under strace: the tracer stays with the driver's own threads and leaves the workers alone. */

import { spawnSync } from "node:child_process";

let works: string | null | undefined;

/** Null when strace can be used here; else why not, in words. */
export function findStraceProblem(): string | null {
  if (works === undefined) {
    const { status, error, stderr } = spawnSync("strace", ["-f", "-b", "execve", "-qq", "-o", "/dev/null", "true"], {
      encoding: "utf8",
    });
    if (error !== undefined) works = "strace is not installed (Debian package strace)";
    else works = status === 0 ? null : `strace cannot trace here: ${stderr.trim()}`;
  }
  return works;
}

/** The beginning of a command line that runs what follows under strace, with what it saw in `log`. */
export function straceCommand(log: string, options: readonly string[], followWorkers = false): string[] {
  const detach = followWorkers ? [] : ["-b", "execve"];
  return ["strace", "-f", ...detach, "-qq", "-y", "-o", log, ...options];
}
