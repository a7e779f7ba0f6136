import type { RawPath } from "../storage/path-bytes.ts";
import type { WalkFilter } from "./walk.ts";

interface Roots {
  readonly root: RawPath;
  readonly realRoot: RawPath;
}

interface CoveredFolder {
  /** Ends in `/`. */
  readonly prefix: RawPath;
  readonly filter: WalkFilter | null;
}

/**
 * Which paths earlier inputs have given. Folders are known by their path, so that a job with one huge folder holds no set of its files; only files that
 * were named one by one are. Each path counts as written and as it is with the links above its name resolved.
 */
export class Coverage {
  readonly #folders: CoveredFolder[] = [];
  readonly #files = new Set<RawPath>();

  addFolder({ root, realRoot }: Roots, filter: WalkFilter | null): void {
    for (const folder of new Set([root, realRoot])) this.#folders.push({ prefix: endWithSlash(folder), filter });
  }

  addFile(path: RawPath, realPath: RawPath): void {
    this.#files.add(path);
    if (realPath !== path) this.#files.add(realPath);
  }

  /** False when no entry below this root can have been given, so that none needs to be asked for. */
  touches({ root, realRoot }: Roots): boolean {
    if (this.#files.size > 0) return true;
    return this.#folders.some(({ prefix }) =>
      [root, realRoot].some((own) => endWithSlash(own).startsWith(prefix) || prefix.startsWith(endWithSlash(own))),
    );
  }

  covers(path: RawPath): boolean {
    if (this.#files.has(path)) return true;
    return this.#folders.some(
      ({ prefix, filter }) => path.startsWith(prefix) && wouldTake(filter, path.slice(prefix.length)),
    );
  }
}

/** Whether a walk with this filter would have come to the file: every folder above it is entered, and it is taken itself. */
function wouldTake(filter: WalkFilter | null, relative: RawPath): boolean {
  if (filter === null) return true;
  for (let at = relative.indexOf("/"); at !== -1; at = relative.indexOf("/", at + 1)) {
    if (!filter.entersFolder(relative.slice(0, at))) return false;
  }
  return filter.takesFile(relative);
}

function endWithSlash(folder: RawPath): RawPath {
  return folder.endsWith("/") ? folder : `${folder}/`;
}
