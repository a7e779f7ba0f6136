import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { BatchwiseError } from "../errors.ts";
import {
  firstPartId,
  type MiniBatchRecord,
  type MiniBatchState,
  type PendingMiniBatch,
  type PlanEntry,
} from "./ledger-types.ts";
import { refreshItems } from "./refresh-items.ts";

/** Place of a mini-batch in the input. */
export interface Place {
  readonly firstItem: number;
  readonly items: number;
}

export const stateOpen = 0;
export const stateQuarantined = 1;
export const stateReplaced = 2;

const isPending = `state = ${stateOpen} AND NOT EXISTS (SELECT 1 FROM result r WHERE r.first_item = m.first_item AND r.mini_batch = m.id)`;

/** The table `mini_batch`: the plan, and what became of mini-batches that have no result. */
export class MiniBatchTable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #place: StatementSync;
  readonly #payload: StatementSync;
  readonly #setState: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      "INSERT INTO mini_batch (id, first_item, items, bytes, parent, crc, payload) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#place = db.prepare(`SELECT first_item, items FROM mini_batch m WHERE id = ? AND ${isPending}`);
    this.#place.setReturnArrays(true);
    this.#payload = db.prepare("SELECT payload, crc FROM mini_batch WHERE id = ?");
    this.#setState = db.prepare(`UPDATE mini_batch AS m SET state = ? WHERE id = ? AND ${isPending}`);
  }

  insert(entry: PlanEntry): void {
    const { id, firstItem, items, bytes, parent, crc, payload } = entry;
    this.#insert.run(id, firstItem, items, bytes, parent ?? null, crc, payload);
  }

  /** Where a pending mini-batch lies, or null when there is no pending one of this id. */
  findPending(id: number): Place | null {
    const row = this.#place.get(id) as unknown as [number, number] | undefined;
    return row === undefined ? null : { firstItem: row[0], items: row[1] };
  }

  /** Takes a pending mini-batch out of the queue; returns false when there is no pending one of this id. */
  close(id: number, state: typeof stateQuarantined | typeof stateReplaced): boolean {
    return this.#setState.run(state, id).changes === 1;
  }

  /** The payload, checked against its CRC. */
  readPayload(id: number): Uint8Array {
    const row = this.#payload.get(id);
    if (row === undefined) {
      throw new BatchwiseError("mini_batch_not_found", `the job has no mini-batch ${id}`);
    }
    return checkPayload(id, row.payload as Uint8Array, Number(row.crc));
  }

  /** Quarantined mini-batches become pending again, with their files as they are now; attempts of before count no more. Returns their ids. */
  requeueQuarantined(): number[] {
    const ids = this.#db
      .prepare(`SELECT id FROM mini_batch WHERE state = ${stateQuarantined} ORDER BY id`)
      .all()
      .map((row) => Number(row.id));
    const update = this.#db.prepare("UPDATE mini_batch SET payload = ?, bytes = ?, crc = ? WHERE id = ?");
    for (const id of ids) {
      const fresh = refreshItems(this.readPayload(id));
      if (fresh !== null) update.run(fresh.payload, fresh.bytes, fresh.crc, id);
    }
    this.#db.exec(`UPDATE mini_batch AS m SET state = ${stateOpen},
      forgiven = coalesce((SELECT max(attempt) FROM failed_attempt f WHERE f.mini_batch = m.id), 0)
      WHERE state = ${stateQuarantined}`);
    return ids;
  }
}

/** Pending mini-batches with ids above `afterId`, by id. */
export function readPending(db: DatabaseSync, afterId: number, limit: number): PendingMiniBatch[] {
  const rows = db
    .prepare(
      `SELECT id, first_item, items, bytes, parent, forgiven,
         (SELECT count(*) FROM failed_attempt f WHERE f.mini_batch = m.id AND f.lost = 0 AND f.attempt > m.forgiven) AS failed_attempts,
         (SELECT max(attempt) FROM failed_attempt f WHERE f.mini_batch = m.id) AS last_attempt
       FROM mini_batch m WHERE id > ? AND ${isPending} ORDER BY id LIMIT ?`,
    )
    .all(afterId, Math.min(limit, Number.MAX_SAFE_INTEGER));
  return rows.map((row) => ({
    id: Number(row.id),
    firstItem: Number(row.first_item),
    items: Number(row.items),
    bytes: Number(row.bytes),
    parent: row.parent === null ? null : Number(row.parent),
    failedAttempts: Number(row.failed_attempts),
    lastAttempt: Number(row.last_attempt ?? 0),
  }));
}

/** All pending mini-batches in input order, one at a time; the table may be changed meanwhile. */
export function* iteratePendingInOrder(db: DatabaseSync): Generator<Place & { readonly id: number }> {
  // Sorted without payloads, so the sorter stays small; it is filled before the first row comes out.
  const statement = db.prepare(
    `SELECT id, first_item, items FROM mini_batch m WHERE ${isPending} ORDER BY first_item, id`,
  );
  for (const row of statement.iterate()) {
    yield { id: Number(row.id), firstItem: Number(row.first_item), items: Number(row.items) };
  }
}

/** Ids and items that a listing and the driver count on from. */
export function readNextNumbers(db: DatabaseSync): {
  nextPlannedId: number;
  nextItem: number;
  lastPartId: number | null;
} {
  const planned = db.prepare(
    "SELECT id, first_item + items AS next_item FROM mini_batch WHERE id < ? ORDER BY id DESC LIMIT 1",
  );
  const last = planned.get(firstPartId);
  const part = db.prepare("SELECT max(id) AS id FROM mini_batch WHERE id >= ?").get(firstPartId);
  return {
    nextPlannedId: last === undefined ? 0 : Number(last.id) + 1,
    nextItem: last === undefined ? 0 : Number(last.next_item),
    lastPartId: part?.id == null ? null : Number(part.id),
  };
}

const recordColumns = `id, first_item, items, bytes, parent, state,
  EXISTS (SELECT 1 FROM result r WHERE r.first_item = m.first_item AND r.mini_batch = m.id) AS committed`;

/** A mini-batch with what became of it, or null. */
export function readMiniBatch(db: DatabaseSync, id: number): MiniBatchRecord | null {
  const row = db.prepare(`SELECT ${recordColumns} FROM mini_batch m WHERE id = ?`).get(id);
  return row === undefined ? null : toRecord(row);
}

/** Mini-batches with their payloads by id, so parts come after what they are parts of; only the one of `id` when it is given. */
export function* iteratePayloads(db: DatabaseSync, id?: number): Generator<MiniBatchRecord & { payload: Uint8Array }> {
  const where = id === undefined ? "" : "WHERE id = ?";
  const rows = db.prepare(`SELECT ${recordColumns}, crc, payload FROM mini_batch m ${where} ORDER BY id`);
  for (const row of id === undefined ? rows.iterate() : rows.iterate(id)) {
    const record = toRecord(row);
    yield { ...record, payload: checkPayload(record.id, row.payload as Uint8Array, Number(row.crc)) };
  }
}

function toRecord(row: Record<string, SQLOutputValue>): MiniBatchRecord {
  return {
    id: Number(row.id),
    firstItem: Number(row.first_item),
    items: Number(row.items),
    bytes: Number(row.bytes),
    parent: row.parent === null ? null : Number(row.parent),
    state: nameState(Number(row.state), row.committed === 1),
  };
}

function nameState(state: number, committed: boolean): MiniBatchState {
  if (state === stateQuarantined) return "quarantined";
  if (state === stateReplaced) return "replaced";
  return committed ? "committed" : "pending";
}

function checkPayload(id: number, payload: Uint8Array, crc: number): Uint8Array {
  if (crc32(payload) === crc) return payload;
  throw new BatchwiseError(
    "payload_damaged",
    `reading the items of mini-batch ${id} from the ledger: their CRC is ${crc32(payload)}, it was ${crc} when they were planned`,
    { hint: "restore the job folder from a copy, or start the job anew under another name" },
  );
}
