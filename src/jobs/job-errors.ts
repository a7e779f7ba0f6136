import { toFailedItem } from "../output/failed-items.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import type { UnscoredItem } from "../output/ledger-types.ts";
import { jobFolderOf } from "./home.ts";

export interface ErrorFilter {
  /** exception, timeout, crash, … */
  readonly reason?: string;
  readonly miniBatch?: number;
  /** At most this many. */
  readonly limit?: number;
}

/** The failed items of a job so far, in the order of their recording, while it runs or long after. */
export function* iterateJobErrors(home: string, name: string, filter: ErrorFilter = {}): Generator<UnscoredItem> {
  const reader = LedgerReader.openIfBegun(jobFolderOf(home, name));
  if (reader === null) return;
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  try {
    for (const item of reader.unscoredItems()) {
      if (left <= 0) return;
      if (item.outcome !== "failed") continue;
      if (filter.reason !== undefined && item.reason !== filter.reason) continue;
      if (filter.miniBatch !== undefined && item.miniBatch !== filter.miniBatch) continue;
      left--;
      yield item;
    }
  } finally {
    reader.close();
  }
}

/** A failed item as a line of `failed-items.jsonl` has it. */
export function toErrorLine(item: UnscoredItem): Record<string, unknown> {
  return toFailedItem(item);
}

/** One kind of failure and how often it happened. */
export interface ErrorGroup {
  readonly reason: string;
  readonly errorType: string | null;
  readonly message: string | null;
  readonly items: number;
  readonly examplePath: string | null;
}

/** Failed items by cause, the most frequent first. */
export function groupJobErrors(items: Iterable<UnscoredItem>): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const { reason, errorType, message, count, path } of items) {
    const key = JSON.stringify([reason, errorType, message]);
    const known = groups.get(key);
    groups.set(key, {
      reason,
      errorType,
      message,
      items: (known?.items ?? 0) + count,
      examplePath: known?.examplePath ?? path,
    });
  }
  return [...groups.values()].sort((a, b) => b.items - a.items);
}
