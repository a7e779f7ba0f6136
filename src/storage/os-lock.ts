import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { isSystemError } from "../errors.ts";

/**
 * A lock that the operating system holds for a process and takes back when the process ends, however it ends: an open write transaction on an empty SQLite
 * file. (Node has no flock.) Who holds it stands in a file beside it, for messages only.
 *
 * No other code of this process may open the file: closing any descriptor of it would give up the lock (POSIX record locks).
 */
export interface OsLock {
  release(): void;
}

/** Who holds a lock, as far as that is known. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO time. */
  readonly since: string;
  /** What it is held for, for example the job's name. */
  readonly holder: string;
}

export interface LockOptions {
  /** What to tell others who meet the lock. */
  readonly holder: string;
  /** Whether the files go away at release; for a lock that lies in a user's folder. */
  readonly removeAtRelease?: boolean;
}

/** What is locked stays referenced: a connection that nobody refers to is closed by the garbage collector, and the lock is lost. */
const held = new Set<DatabaseSync>();

/** Takes the lock at `path` without waiting; null when another process has it. Throws system errors (no such folder, read-only). */
export function takeLock(path: string, options: LockOptions): OsLock | null {
  // The file may be removed by its holder between our opening and locking it.
  for (let round = 0; round < 5; round++) {
    const database = openLocked(path);
    if (database === null) return null;
    if (database === "gone") continue;
    const holderFile = holderPath(path);
    const holder: LockHolder = {
      pid: process.pid,
      host: hostname(),
      since: new Date().toISOString(),
      holder: options.holder,
    };
    writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
    held.add(database);
    return {
      release() {
        if (!held.delete(database)) return;
        rmSync(holderFile, { force: true });
        // Removed while still held, so that nobody can lock a file that is about to vanish.
        if (options.removeAtRelease) rmSync(path, { force: true });
        database.close();
      },
    };
  }
  return null;
}

function openLocked(path: string): DatabaseSync | "gone" | null {
  makePrivateFile(path);
  const before = statSync(path, { throwIfNoEntry: false });
  if (before === undefined) return "gone";
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  if (statSync(path, { throwIfNoEntry: false })?.ino === before.ino) return database;
  database.close();
  return "gone";
}

/** Private from the start. Never opens a file that is there: closing it would drop a lock that this process may have on it. */
function makePrivateFile(path: string): void {
  try {
    writeFileSync(path, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (error.errcode === 5 || error.errcode === 6);
}

/** Who holds the lock, or null when that is not written anywhere. */
export function readLockHolder(path: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(holderPath(path), "utf8")) as Partial<LockHolder>;
    if (typeof holder.pid !== "number" || typeof holder.host !== "string") return null;
    return { pid: holder.pid, host: holder.host, since: String(holder.since), holder: String(holder.holder) };
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return null;
    throw error;
  }
}

/** For example `process 4711 on host atlas since 2026-11-23T17:45:00.000Z`. */
export function describeHolder(holder: LockHolder | null): string {
  return holder === null ? "another process" : `process ${holder.pid} on host ${holder.host} since ${holder.since}`;
}

function holderPath(path: string): string {
  return path.replace(/(\.sqlite)?$/, ".json");
}
