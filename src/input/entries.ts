import { realpathSync } from "node:fs";
import { BatchwiseError } from "../errors.ts";
import { decodeRawPath, encodeRawPath, type RawPath, toFsPath } from "../storage/path-bytes.ts";
import { Coverage } from "./coverage.ts";
import type { ListingCursor } from "./input.ts";
import { readList } from "./list-file.ts";
import type { EntrySource } from "./pack.ts";
import type { ResolvedInput } from "./resolve-inputs.ts";
import { describeKind, examineEntry, isStats, reject, type Walked, type WalkFilter, walkFolder } from "./walk.ts";

type ListInput = Extract<ResolvedInput, { kind: "list" }>;
type TreeInput = Extract<ResolvedInput, { kind: "folder" | "glob" }>;

/** The entries of all inputs, one input after the other; an entry that an earlier one already gave is skipped as `duplicate`. */
export class InputEntries implements EntrySource {
  readonly #inputs: readonly ResolvedInput[];
  /** One for each input, null when it takes everything. */
  readonly #filters: readonly (WalkFilter | null)[];
  readonly #after: ListingCursor | null;
  readonly #coverage = new Coverage();
  #input = 0;
  #line = 0;
  #last: Walked | null = null;

  constructor(inputs: readonly ResolvedInput[], filters: readonly (WalkFilter | null)[], after: ListingCursor | null) {
    this.#inputs = inputs;
    this.#filters = filters;
    this.#after = after;
  }

  /** Cursor of the entry that was given last. */
  cursor(): ListingCursor {
    if (this.#last === null) throw new Error("nothing was listed yet");
    const path = decodeRawPath(this.#last.folder + this.#last.name);
    return { input: this.#input, path: this.#inputs[this.#input]!.kind === "list" ? `${this.#line}:${path}` : path };
  }

  *[Symbol.iterator](): Generator<Walked> {
    const first = this.#after?.input ?? 0;
    for (const [index, input] of this.#inputs.entries()) {
      const filter = this.#filters[index]!;
      const after = this.#after !== null && index === first ? this.#after.path : null;
      this.#input = index;
      if (index >= first) {
        for (const walked of this.#listInput(input, filter, after)) {
          this.#last = walked;
          yield walked;
        }
      } else if (input.kind === "list") {
        for (const { path } of readList(input.file)) this.#coverage.addFile(path, findRealPath(path));
      }
      // Only a later input can meet these.
      if (index === this.#inputs.length - 1) return;
      if (input.kind === "file" && filter?.takesFile(input.name) === false) continue;
      if (input.kind === "file")
        this.#coverage.addFile(joinPath(input.root, input.name), joinPath(input.realRoot, input.name));
      else if (input.kind !== "list") this.#coverage.addFolder(input, filter);
    }
  }

  #listInput(input: ResolvedInput, filter: WalkFilter | null, after: string | null): Iterable<Walked> {
    if (input.kind === "list") return this.#listList(input, filter, after);
    if (input.kind === "file") return after === null ? this.#listFile(input, filter) : [];
    const tail = after === null ? null : encodeRawPath(after).slice(joinPath(input.root, "").length);
    const walked = walkFolder(input.root, filter, tail);
    return this.#coverage.touches(input) ? this.#skipCovered(input, walked) : walked;
  }

  *#skipCovered(input: TreeInput, entries: Iterable<Walked>): Generator<Walked> {
    const cut = joinPath(input.root, "").length;
    for (const walked of entries) {
      const path = walked.folder + walked.name;
      const isCovered = this.#coverage.covers(path) || this.#coverage.covers(joinPath(input.realRoot, path.slice(cut)));
      yield isCovered ? rejectDuplicate(walked) : walked;
    }
  }

  *#listFile(input: Extract<ResolvedInput, { kind: "file" }>, filter: WalkFilter | null): Generator<Walked> {
    if (filter !== null && !filter.takesFile(input.name)) return;
    const walked = examineFile(joinPath(input.root, ""), input.name);
    const isCovered =
      this.#coverage.covers(joinPath(input.root, input.name)) ||
      this.#coverage.covers(joinPath(input.realRoot, input.name));
    yield isCovered ? rejectDuplicate(walked) : walked;
  }

  *#listList(input: ListInput, filter: WalkFilter | null, after: string | null): Generator<Walked> {
    const root = joinPath(input.root, "");
    const cursor = after === null ? null : parseListCursor(after);
    let isPassed = cursor === null;
    for (const { line, path } of readList(input.file)) {
      if (!isPassed && line === cursor!.line && path !== cursor!.path) break;
      const relative = path.startsWith(root) ? path.slice(root.length) : path.slice(1);
      if (filter !== null && !filter.takesFile(relative)) continue;
      const realPath = findRealPath(path);
      if (isPassed) {
        const cut = path.lastIndexOf("/") + 1;
        const folder = path.slice(0, cut);
        const name = path.slice(cut);
        this.#line = line;
        if (this.#coverage.covers(path) || this.#coverage.covers(realPath)) {
          yield reject(folder, name, "duplicate", "was listed before");
        } else {
          yield examineFile(folder, name);
        }
      }
      isPassed ||= line === cursor!.line;
      this.#coverage.addFile(path, realPath);
    }
    if (!isPassed) throw explainChangedList(input, cursor!);
  }
}

/** A file that the user named; for the walk's table in walk.ts, with two differences: it may be missing, and a folder is not walked. */
function examineFile(folder: RawPath, name: RawPath): Walked {
  const stats = examineEntry(folder, name);
  if (!isStats(stats)) {
    return stats.reason === "vanished" ? reject(folder, name, "not_found", "does not exist") : stats;
  }
  if (stats.isFile()) return { kind: "item", folder, name, size: stats.size, mtimeMs: stats.mtimeMs };
  return reject(folder, name, "not_regular_file", `is ${describeKind(stats)}`);
}

function rejectDuplicate(walked: Walked): Walked {
  return reject(walked.folder, walked.name, "duplicate", "was listed before, by another input");
}

function joinPath(root: RawPath, relative: RawPath): RawPath {
  return root.endsWith("/") ? root + relative : `${root}/${relative}`;
}

let lastFolder: RawPath | null = null;
let lastRealFolder: RawPath = "";

/** The path with the links above its name resolved; a link as the name itself stays, for another name is another item. */
function findRealPath(path: RawPath): RawPath {
  const cut = path.lastIndexOf("/");
  const folder = path.slice(0, cut + 1);
  if (folder !== lastFolder) {
    try {
      lastRealFolder = realpathSync.native(toFsPath(folder), "latin1");
    } catch {
      // Looking at the file itself will tell what is wrong.
      lastRealFolder = folder;
    }
    lastFolder = folder;
  }
  return joinPath(lastRealFolder, path.slice(cut + 1));
}

function parseListCursor(cursor: string): { line: number; path: RawPath } {
  const colon = cursor.indexOf(":");
  return { line: Number(cursor.slice(0, colon)), path: encodeRawPath(cursor.slice(colon + 1)) };
}

function explainChangedList(input: ListInput, cursor: { line: number; path: RawPath }): BatchwiseError {
  const file = decodeRawPath(input.file);
  const path = decodeRawPath(cursor.path);
  return new BatchwiseError(
    "input_list_changed",
    `going on with the list "${file}": line ${cursor.line} is no longer "${path}", so where to go on is not known`,
    { hint: "put the list back as it was (lines may be added at its end), or start a new job" },
  );
}
