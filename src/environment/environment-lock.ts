import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type OsLock, takeLock } from "../storage/os-lock.ts";

const retryMs = 100;

/** Waits until no other process builds this environment, then holds the lock. `onWait` is called once when somebody else holds it. */
export async function lockEnvironment(path: string, onWait: () => void, signal?: AbortSignal): Promise<OsLock> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let hasWaited = false; ; hasWaited = true) {
    const lock = takeLock(path, { holder: "building an environment" });
    if (lock !== null) return lock;
    if (!hasWaited) onWait();
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal });
  }
}
