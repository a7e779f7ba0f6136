/**
 * Crashes at every step: the functions of `node:fs` that change something, and SQLite's COMMIT, are counted, and from the chosen one on they all
 * throw, as they would not be reached after a kill. What undoes and cleans up then fails too.
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

const changing = [
  "renameSync",
  "linkSync",
  "unlinkSync",
  "mkdirSync",
  "rmSync",
  "chmodSync",
  "writeSync",
  "writevSync",
  "ftruncateSync",
  "fsyncSync",
  "fdatasyncSync",
] as const;

export class CrashError extends Error {}

/** Runs `body`, crashing before its `step`-th change (from 0). Returns false when it ended before. Other errors come out. */
export function crashAt(step: number, body: () => void): boolean {
  let done = 0;
  const count = () => {
    if (done++ >= step) throw new CrashError(`crash at step ${step}`);
  };
  const originals = changing.map((name) => [name, fs[name]] as const);
  const exec = DatabaseSync.prototype.exec;
  for (const [name, original] of originals) {
    Object.assign(fs, {
      [name]: (...args: never[]) => {
        count();
        return (original as (...args: never[]) => unknown)(...args);
      },
    });
  }
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql === "COMMIT") count();
    exec.call(this, sql);
  };
  syncBuiltinESMExports();
  try {
    body();
    return false;
  } catch (error) {
    if (done <= step) throw error;
    return true;
  } finally {
    for (const [name, original] of originals) Object.assign(fs, { [name]: original });
    DatabaseSync.prototype.exec = exec;
    syncBuiltinESMExports();
  }
}
