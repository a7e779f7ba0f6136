/**
 * Files that the script wrote itself. A worker leaves those of one attempt in a folder of its own; at commit the whole folder becomes
 * `files/<mini-batch>-<attempt>` and its content is made durable. A folder that the ledger does not know belongs to a commit that did not happen.
 */

import { readdirSync, renameSync } from "node:fs";
import { BatchwiseError } from "../errors.ts";
import { foldersOf, joinPath, lstatOrNull, makeFolder, removeTree, syncFile, syncFolder } from "../storage/durable.ts";
import { showPath, toNativePath } from "../storage/path-bytes.ts";
import type { ResultEntry } from "./ledger-types.ts";

export class StagedFiles {
  /** The folder `files` of the job. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The folder that holds the files of an attempt once they are taken over. */
  folderOf(miniBatch: number, attempt: number): string {
    return joinPath(this.folder, `${miniBatch}-${attempt}`);
  }

  /** Takes over the files of these results and makes them durable; `undo` gets how to give each folder back. */
  adopt(results: readonly { readonly result: ResultEntry }[], undo: (() => void)[]): void {
    const withFiles = results.filter(({ result }) => result.files !== null);
    if (withFiles.length === 0) return;
    makeFolder(this.folder);
    for (const { result } of withFiles) {
      const from = toNativePath(result.files!.folder);
      const folder = this.folderOf(result.miniBatch, result.attempt);
      const to = toNativePath(folder);
      renameSync(from, to);
      undo.push(() => renameSync(to, from));
      syncContent(folder, result);
    }
    syncFolder(this.folder);
  }

  /** Removes folders that `isKnown` does not know; returns how many. */
  removeOthers(isKnown: (name: string) => boolean): number {
    if (lstatOrNull(this.folder) === null) return 0;
    let removed = 0;
    for (const name of readdirSync(this.folder)) {
      if (isKnown(name)) continue;
      removeTree(joinPath(this.folder, name));
      removed++;
    }
    return removed;
  }
}

/** Syncs the files of a result and the folders that hold them; throws when they are not as the worker reported them. */
function syncContent(folder: string, result: ResultEntry): void {
  const inner = new Set<string>();
  for (const [path, bytes] of result.files!.entries) {
    const whole = joinPath(folder, path);
    const found = lstatOrNull(whole);
    if (!found?.isFile() || found.size !== bytes) {
      const is =
        found === null ? "it is gone" : found.isFile() ? `it has ${found.size} bytes` : "it is no regular file";
      throw new BatchwiseError(
        "staged_files_changed",
        `taking over what mini-batch ${result.miniBatch} wrote: ${showPath(path)} had ${bytes} bytes when run() returned, now ${is}`,
        {
          hint: "does the script go on writing in a thread or a child process after run() has returned? It has to wait for them",
        },
      );
    }
    syncFile(whole);
    for (const above of foldersOf(path)) inner.add(above);
  }
  for (const above of inner) syncFolder(joinPath(folder, above));
  syncFolder(folder);
}
