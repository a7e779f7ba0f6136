import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock that the operating system takes back when its process ends, however it ends. */
export interface EnvironmentLock {
  release(): void;
}

const sqliteBusy = 5;
const retryMs = 100;

/**
 * Waits until no other process builds this environment, then holds the lock: an open write transaction on a small SQLite file, as the
 * job's lock is. `onWait` is called once when somebody else holds it.
 */
export async function lockEnvironment(
  path: string,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<EnvironmentLock> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let hasWaited = false;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== null) return lock;
    if (!hasWaited) onWait();
    hasWaited = true;
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal });
  }
}

function tryLock(path: string): EnvironmentLock | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN IMMEDIATE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return null;
    throw error;
  }
}
