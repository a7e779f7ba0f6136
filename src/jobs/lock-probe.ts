import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Tells whether another process holds the lock at `path` (see os-lock.ts), without taking it: a holder's exclusive transaction keeps readers out. Two probes do
 * not meet each other; a process that wants the lock in the same instant may, so it tries more than once.
 *
 * Never ask for a lock that this process holds: closing the file would give it up.
 */
export function isLockHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    database.prepare("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && (error.errcode === 5 || error.errcode === 6)) return true;
    throw error;
  } finally {
    database.close();
  }
}
