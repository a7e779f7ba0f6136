import type { DatabaseSync } from "node:sqlite";
import { removeTree, writeFileAtomic } from "../storage/durable.ts";
import type { UnscoredItem } from "./ledger-types.ts";
import { iterateUnscored } from "./unscored-table.ts";

/** Writes one JSON line for each failed item, atomically; without any, no file is left. Returns how many items the lines stand for. */
export function writeFailedItems(db: DatabaseSync, path: string): number {
  let items = 0;
  writeFileAtomic(path, toLines());
  if (items === 0) removeTree(path);
  return items;

  function* toLines(): Generator<string> {
    let chunk = "";
    for (const item of iterateUnscored(db)) {
      if (item.outcome !== "failed") continue;
      items += item.count;
      chunk += `${JSON.stringify(toFailedItem(item))}\n`;
      if (chunk.length > 1 << 18) {
        yield chunk;
        chunk = "";
      }
    }
    if (chunk !== "") yield chunk;
  }
}

/** The line of `failed-items.jsonl`; see docs/reference. `count` is there when it is only known how many items of the mini-batch have no row. */
export function toFailedItem(item: UnscoredItem): Record<string, unknown> {
  return {
    path: item.path,
    reason: item.reason,
    error_type: item.errorType,
    message: item.message,
    traceback: item.traceback,
    attempts: item.attempts,
    mini_batch: item.miniBatch,
    log:
      item.worker === null ? null : { file: `logs/worker-${item.worker}.log`, start: item.logStart, end: item.logEnd },
    ...(item.path === null ? { count: item.count } : {}),
  };
}
