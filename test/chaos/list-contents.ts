import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** All files below a folder: relative paths and contents, in order. */
export function listContents(folder: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, "latin1")];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
