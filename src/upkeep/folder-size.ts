import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of the files below a path; links to files that stand elsewhere too count as well. What cannot be read counts as nothing. */
export function measureFolder(path: string): number {
  let bytes = 0;
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    try {
      const stats = lstatSync(next);
      if (stats.isDirectory()) for (const name of readdirSync(next)) waiting.push(join(next, name));
      else bytes += stats.size;
    } catch {
      // It went away, or may not be read.
    }
  }
  return bytes;
}
