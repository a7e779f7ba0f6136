/**
 * A group on its way to the ledger's thread. Cloning thousands of small objects costs the main thread more than all else it does, so numbers travel
 * in one Float64Array, bytes in one buffer (both are handed over, not copied again), and only what is rare travels as objects.
 */

import type {
  AttemptEntry,
  AttemptOutcome,
  LedgerGroup,
  PlanEntry,
  ResultEntry,
  UnscoredItem,
} from "./ledger-types.ts";

type Indexed<T> = readonly [index: number, value: T];

export interface EncodedGroup {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly planCount: number;
  readonly resultCount: number;
  readonly attemptCount: number;
  readonly spoolFiles: readonly Indexed<string>[];
  readonly files: readonly Indexed<NonNullable<ResultEntry["files"]>>[];
  /** Each time the columns change from one result to the next. */
  readonly columns: readonly Indexed<readonly string[] | null>[];
  readonly failures: readonly Indexed<Pick<AttemptEntry, "reason" | "error">>[];
  readonly unscored: readonly UnscoredItem[];
  readonly replaced: readonly number[];
  readonly quarantined: readonly number[];
  readonly cursor: string | null;
  readonly planComplete: boolean;
}

const planWidth = 7;
const resultWidth = 9;
const attemptWidth = 10;
const outcomes: readonly AttemptOutcome[] = ["succeeded", "failed", "lost"];

/** Copies a group into a form whose buffers can be handed over; the group's own arrays may be used again at once. */
export function encodeGroup(group: LedgerGroup): EncodedGroup {
  const { plan, results, attempts } = group;
  const numbers = new Float64Array(
    plan.length * planWidth + results.length * resultWidth + attempts.length * attemptWidth,
  );
  const bytes = new Uint8Array(countBytes(group));
  const spoolFiles: Indexed<string>[] = [];
  const files: Indexed<NonNullable<ResultEntry["files"]>>[] = [];
  const columns: Indexed<readonly string[] | null>[] = [];
  const failures: Indexed<Pick<AttemptEntry, "reason" | "error">>[] = [];
  let at = 0;
  let byte = 0;
  for (const entry of plan) {
    numbers[at++] = entry.id;
    numbers[at++] = entry.firstItem;
    numbers[at++] = entry.items;
    numbers[at++] = entry.bytes;
    numbers[at++] = entry.payload.byteLength;
    numbers[at++] = entry.crc;
    numbers[at++] = entry.parent ?? -1;
    bytes.set(entry.payload, byte);
    byte += entry.payload.byteLength;
  }
  let lastColumns: readonly string[] | null = null;
  for (let index = 0; index < results.length; index++) {
    const result = results[index]!;
    numbers[at++] = result.miniBatch;
    numbers[at++] = result.attempt;
    numbers[at++] = result.rowsBytes;
    numbers[at++] = result.rowsCrc;
    numbers[at++] = result.rowCount;
    numbers[at++] = result.elements;
    numbers[at++] = result.scored;
    numbers[at++] = result.failed;
    if ("bytes" in result.rows) {
      const before = byte;
      for (const part of result.rows.bytes) {
        bytes.set(part, byte);
        byte += part.byteLength;
      }
      numbers[at++] = byte - before;
    } else {
      numbers[at++] = 0;
      spoolFiles.push([index, result.rows.spoolFile]);
    }
    if (result.files !== null) files.push([index, result.files]);
    if (!isSameList(result.columns, lastColumns)) {
      lastColumns = result.columns;
      columns.push([index, lastColumns]);
    }
  }
  for (let index = 0; index < attempts.length; index++) {
    const attempt = attempts[index]!;
    numbers[at++] = attempt.miniBatch;
    numbers[at++] = attempt.attempt;
    numbers[at++] = outcomes.indexOf(attempt.outcome);
    numbers[at++] = attempt.worker;
    numbers[at++] = attempt.startedUs;
    numbers[at++] = attempt.runUs;
    numbers[at++] = attempt.cpuUs;
    numbers[at++] = attempt.maxRss;
    numbers[at++] = attempt.logStart;
    numbers[at++] = attempt.logEnd;
    if (attempt.reason !== null || attempt.error !== null) {
      failures.push([index, { reason: attempt.reason, error: attempt.error }]);
    }
  }
  const { unscored, replaced, quarantined, cursor, planComplete } = group;
  const counts = { planCount: plan.length, resultCount: results.length, attemptCount: attempts.length };
  const rare = { spoolFiles, files, columns, failures, unscored, replaced, quarantined, cursor, planComplete };
  return { numbers, bytes, ...counts, ...rare };
}

/** The group that was encoded; its bytes are views of the one buffer. */
export function decodeGroup(encoded: EncodedGroup): LedgerGroup {
  const { numbers, bytes } = encoded;
  let at = 0;
  let byte = 0;
  const next = () => numbers[at++]!;
  const nextBytes = (length: number) => {
    byte += length;
    return bytes.subarray(byte - length, byte);
  };
  const plan: PlanEntry[] = [];
  for (let index = 0; index < encoded.planCount; index++) {
    const entry = {
      id: next(),
      firstItem: next(),
      items: next(),
      bytes: next(),
      payload: nextBytes(next()),
      crc: next(),
    };
    const parent = next();
    plan.push(parent === -1 ? entry : { ...entry, parent });
  }
  const spoolFiles = new Map(encoded.spoolFiles);
  const files = new Map(encoded.files);
  const columnChanges = new Map(encoded.columns);
  let columns: readonly string[] | null = null;
  const results: ResultEntry[] = [];
  for (let index = 0; index < encoded.resultCount; index++) {
    const change = columnChanges.get(index);
    if (change !== undefined) columns = change;
    const numbersOfResult = {
      miniBatch: next(),
      attempt: next(),
      rowsBytes: next(),
      rowsCrc: next(),
      rowCount: next(),
      elements: next(),
      scored: next(),
      failed: next(),
    };
    const inline = nextBytes(next());
    const spoolFile = spoolFiles.get(index);
    const rows = spoolFile === undefined ? { bytes: [inline] } : { spoolFile };
    results.push({ ...numbersOfResult, rows, columns, files: files.get(index) ?? null });
  }
  const failures = new Map(encoded.failures);
  const attempts: AttemptEntry[] = [];
  for (let index = 0; index < encoded.attemptCount; index++) {
    const failure = failures.get(index);
    attempts.push({
      miniBatch: next(),
      attempt: next(),
      outcome: outcomes[next()]!,
      worker: next(),
      startedUs: next(),
      runUs: next(),
      cpuUs: next(),
      maxRss: next(),
      logStart: next(),
      logEnd: next(),
      reason: failure?.reason ?? null,
      error: failure?.error ?? null,
    });
  }
  const { unscored, replaced, quarantined, cursor, planComplete } = encoded;
  return { plan, results, attempts, unscored, replaced, quarantined, cursor, planComplete };
}

/** The buffers to hand over with the message. */
export function listTransfers(encoded: EncodedGroup): ArrayBuffer[] {
  return [encoded.numbers.buffer, encoded.bytes.buffer];
}

function countBytes(group: LedgerGroup): number {
  let total = 0;
  for (const entry of group.plan) total += entry.payload.byteLength;
  for (const { rows } of group.results) {
    if ("bytes" in rows) for (const part of rows.bytes) total += part.byteLength;
  }
  return total;
}

function isSameList(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.length !== b.length) return false;
  return a.every((value, index) => value === b[index]);
}
