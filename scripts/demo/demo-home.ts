import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Example } from "./examples.ts";

const keptRuns = 3;

/** The demo's own home, apart from the user's: below the cache folder of the operating system. */
export function openDemoHome(): string {
  const fallback = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  const home = join(process.env.XDG_CACHE_HOME || fallback, "batchwise", "demo");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return home;
}

/** A job name of its own for this run; names of one example sort by time. */
export function createJobName(example: Example): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, "")
    .replace("T", "-");
  return `demo-${example.name}-${time}-${process.pid}`;
}

/** Removes the jobs of earlier runs but for the newest three of each example. */
export function pruneJobs(home: string, example: Example): void {
  const jobs = join(home, "jobs");
  const prefix = `demo-${example.name}-`;
  const names = listFolder(jobs).filter((name) => name.startsWith(prefix));
  for (const name of names.sort().slice(0, -keptRuns)) rmSync(join(jobs, name), { recursive: true, force: true });
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
