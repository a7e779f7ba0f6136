/**
 * A disk as a power cut sees it. Operations are applied in order; at any point it tells what may be on the disk:
 *
 *   content   of a file: what was there at its last sync, plus any of the writes and cuts since, in any combination; a write may be torn at a sector
 *   names     made, moved and removed: in their order (file systems journal them), up to any point not before the last sync of their folder
 *
 * A file keeps its content when it is moved. What processes have in memory, and SQLite's shared memory file, does not survive.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../support/random.ts";
import type { FileOperation } from "./trace-log.ts";

const sectorBytes = 512;

type Change =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: "cut"; readonly size: number };

/** What a file is beneath its names. */
interface FileNode {
  durable: Buffer;
  current: Buffer;
  pending: Change[];
}

type Entry = FileNode | "folder";
type NameChange = { readonly folders: readonly string[]; readonly apply: (names: Map<string, Entry>) => void };

/** How a crash treats what was not synced. */
export type CrashKind = "all kept" | "all dropped" | "some kept";

export class DiskModel {
  readonly #root: string;
  /** Names as programs see them, and as they are on the disk for sure. */
  #names = new Map<string, Entry>();
  #durableNames = new Map<string, Entry>();
  #pendingNames: NameChange[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  /** Puts a file there that was durable before everything. */
  addDurable(path: string, content: Buffer | "folder"): void {
    const entry: Entry = content === "folder" ? "folder" : { durable: content, current: content, pending: [] };
    this.#names.set(path, entry);
    this.#durableNames.set(path, entry);
  }

  apply(operation: FileOperation): void {
    const { path } = operation;
    switch (operation.kind) {
      case "create": {
        const found = this.#names.get(path);
        if (found === undefined) this.#changeNames([dirname(path)], put(path, newFile()));
        else if (found !== "folder" && operation.truncate) this.#change(found, { kind: "cut", size: 0 });
        return;
      }
      case "write": {
        const file = this.#names.get(path);
        if (file === undefined || file === "folder") return;
        this.#change(file, { kind: "write", offset: operation.offset ?? file.current.length, bytes: operation.bytes });
        return;
      }
      case "truncate": {
        const file = this.#names.get(path);
        if (file !== undefined && file !== "folder") this.#change(file, { kind: "cut", size: operation.size });
        return;
      }
      case "sync":
        this.#sync(path);
        return;
      case "mkdir":
        this.#changeNames([dirname(path)], put(path, "folder"));
        return;
      case "rename":
        this.#changeNames([dirname(operation.from), dirname(path)], move(operation.from, path));
        return;
      case "link": {
        const file = this.#names.get(operation.from);
        if (file !== undefined) this.#changeNames([dirname(path)], put(path, file));
        return;
      }
      case "remove":
        this.#changeNames([dirname(path)], (names) => void names.delete(path));
    }
  }

  /** Writes a state that a power cut at this moment may leave into `target`. */
  writeCrashed(target: string, kind: CrashKind, random: Random): void {
    const names = new Map(this.#durableNames);
    const kept =
      kind === "all kept"
        ? this.#pendingNames.length
        : kind === "all dropped"
          ? 0
          : random.integer(0, this.#pendingNames.length);
    for (const change of this.#pendingNames.slice(0, kept)) change.apply(names);
    const contents = new Map<FileNode, Buffer>();
    mkdirSync(target, { recursive: true });
    for (const [path, entry] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const to = join(target, path.slice(this.#root.length));
      if (entry === "folder") {
        mkdirSync(to, { recursive: true });
        continue;
      }
      if (path.endsWith("-shm")) continue;
      let content = contents.get(entry);
      if (content === undefined) {
        content = crashContent(entry, kind, random);
        contents.set(entry, content);
      }
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, content);
    }
  }

  #change(file: FileNode, change: Change): void {
    file.pending.push(change);
    file.current = applyChange(file.current, change);
  }

  #changeNames(folders: readonly string[], apply: NameChange["apply"]): void {
    this.#pendingNames.push({ folders, apply });
    apply(this.#names);
  }

  /** A synced folder makes durable all changes of names up to the last one in it; a synced file makes its content durable, and its own name with it. */
  #sync(path: string): void {
    const entry = this.#names.get(path);
    if (entry !== undefined && entry !== "folder") {
      entry.durable = entry.current;
      entry.pending = [];
      return;
    }
    const last = this.#pendingNames.findLastIndex(({ folders }) => folders.includes(path));
    for (const change of this.#pendingNames.splice(0, last + 1)) change.apply(this.#durableNames);
  }
}

function crashContent(file: FileNode, kind: CrashKind, random: Random): Buffer {
  if (kind === "all kept") return file.current;
  let content = file.durable;
  if (kind === "all dropped") return content;
  for (const change of file.pending) {
    if (random.integer(0, 1) === 0) continue;
    if (change.kind === "write" && random.integer(0, 3) === 0) {
      const end = Math.floor(random.integer(0, change.bytes.length) / sectorBytes) * sectorBytes;
      content = applyChange(content, { ...change, bytes: change.bytes.subarray(0, end) });
    } else content = applyChange(content, change);
  }
  return content;
}

/** A gap that a dropped write leaves reads as zeros. */
function applyChange(content: Buffer, change: Change): Buffer {
  if (change.kind === "cut") {
    if (change.size <= content.length) return content.subarray(0, change.size);
    return Buffer.concat([content, Buffer.alloc(change.size - content.length)]);
  }
  const size = Math.max(content.length, change.offset + change.bytes.length);
  const next = Buffer.alloc(size);
  content.copy(next);
  change.bytes.copy(next, change.offset);
  return next;
}

function newFile(): FileNode {
  return { durable: Buffer.alloc(0), current: Buffer.alloc(0), pending: [] };
}

function put(path: string, entry: Entry): NameChange["apply"] {
  return (names) => void names.set(path, entry);
}

/** Moves a name and all below it. */
function move(from: string, to: string): NameChange["apply"] {
  return (names) => {
    for (const [path, entry] of [...names]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      names.delete(path);
      names.set(to + path.slice(from.length), entry);
    }
  };
}
