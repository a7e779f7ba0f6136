import { type Dir, opendirSync } from "node:fs";
import { isSystemError } from "../errors.ts";
import type { ResolvedInput } from "../input/resolve-inputs.ts";
import type { WalkFilter } from "../input/walk.ts";
import { toFsPath } from "../storage/path-bytes.ts";

/** Entries looked at before the question is left to the listing, which takes them in order and says it at the end. */
const entryBudget = 20_000;

/**
 * Tells quickly whether an input is empty: false means that it surely holds no file that is wanted, true that it does or that nobody knows yet. Nothing is
 * sorted or measured, so that the usual case costs one read of a folder.
 */
export function mayHoldFiles(
  input: ResolvedInput,
  filter: WalkFilter | null,
  hasLines: (file: string) => boolean,
): boolean {
  if (input.kind === "file") return filter === null || filter.takesFile(input.name);
  if (input.kind === "list") return hasLines(input.file);
  const budget = { entries: entryBudget };
  return searchFolder(input.root === "/" ? "/" : `${input.root}/`, "", filter, budget);
}

function searchFolder(
  folder: string,
  relative: string,
  filter: WalkFilter | null,
  budget: { entries: number },
): boolean {
  const folders: string[] = [];
  const entries = openFolder(folder);
  // The listing reports folders that cannot be read.
  if (entries === null) return true;
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      if (--budget.entries < 0) return true;
      const path = relative + entry.name;
      if (entry.isDirectory()) {
        if (filter === null || filter.entersFolder(path)) folders.push(entry.name);
      } else if (entry.isSymbolicLink() || filter === null || filter.takesFile(path)) {
        // A link may lead to a folder: left to the listing.
        return true;
      }
    }
  } finally {
    entries.closeSync();
  }
  return folders.some((name) => searchFolder(`${folder}${name}/`, `${relative}${name}/`, filter, budget));
}

function openFolder(folder: string): Dir | null {
  try {
    return opendirSync(toFsPath(folder) as string, { encoding: "latin1" });
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
