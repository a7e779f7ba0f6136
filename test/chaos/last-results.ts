/** How the long runs and the catalogue's tests last ended; docs/reliability.md shows it. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "last-results.json");

export interface ChaosResult {
  readonly what: string;
  readonly command: string;
  readonly result: string;
  readonly seed: number;
  /** Day and time, UTC. */
  readonly at: string;
}

export interface LastResults {
  readonly testsAt: string | null;
  /** By file and title, as the catalogue has them. */
  readonly tests: Readonly<Record<string, string>>;
  readonly chaos: readonly ChaosResult[];
}

export function readLastResults(): LastResults {
  if (!existsSync(file)) return { testsAt: null, tests: {}, chaos: [] };
  return JSON.parse(readFileSync(file, "utf8"));
}

export function writeLastResults(results: LastResults): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** Keeps the result of a long run in the place of the one before of its kind. */
export function recordChaos(result: Omit<ChaosResult, "at">): void {
  const results = readLastResults();
  const at = new Date().toISOString().slice(0, 16).replace("T", " ");
  const others = results.chaos.filter(({ what }) => what !== result.what);
  writeLastResults({ ...results, chaos: [...others, { ...result, at }].sort((a, b) => (a.what < b.what ? -1 : 1)) });
}
