/** Planning anew on resume, with another mini-batch size: what is pending and lies side by side is joined and cut again. */

import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { decodeItems, encodeItems, type Item } from "../storage/item-payload.ts";
import { firstPartId } from "./ledger-types.ts";
import {
  iteratePendingInOrder,
  type MiniBatchTable,
  type Place,
  readNextNumbers,
  stateReplaced,
} from "./mini-batch-table.ts";

/** Regroups pending mini-batches; those that already are as they would become stay. Runs in the caller's transaction. */
export function replan(
  db: DatabaseSync,
  table: MiniBatchTable,
  miniBatchSize: number,
): { added: number; replaced: number } {
  const firstId = Math.max(firstPartId, (readNextNumbers(db).lastPartId ?? 0) + 1);
  const cutter = new Cutter(table, miniBatchSize, firstId);
  for (const pending of iteratePendingInOrder(db)) cutter.add(pending);
  cutter.endRun();
  return { added: cutter.nextId - firstId, replaced: cutter.replaced };
}

/** Takes mini-batches in input order and makes new ones; holds the items of at most one new mini-batch and one old one. */
class Cutter {
  readonly #table: MiniBatchTable;
  readonly #size: number;
  #items: Item[] = [];
  #firstItem = 0;
  /** The only mini-batch that #items come from, as long as it is the only one and whole: it may stay. */
  #whole: number | null = null;
  nextId: number;
  replaced = 0;

  constructor(table: MiniBatchTable, size: number, firstId: number) {
    this.#table = table;
    this.#size = size;
    this.nextId = firstId;
  }

  add(pending: Place & { readonly id: number }): void {
    if (pending.firstItem !== this.#firstItem + this.#items.length) this.endRun();
    if (this.#items.length === 0) {
      this.#firstItem = pending.firstItem;
      if (pending.items === this.#size) {
        this.#firstItem += pending.items;
        return;
      }
    }
    const isFirst = this.#items.length === 0;
    for (const item of decodeItems(this.#table.readPayload(pending.id))) this.#items.push(item);
    if (isFirst && pending.items < this.#size) {
      this.#whole = pending.id;
      return;
    }
    if (this.#whole !== null) this.#replace(this.#whole);
    this.#whole = null;
    this.#replace(pending.id);
    while (this.#items.length >= this.#size) this.#cut();
  }

  /** The next mini-batch does not follow: what is left becomes a smaller one. */
  endRun(): void {
    if (this.#whole === null && this.#items.length > 0) this.#cut();
    this.#whole = null;
    this.#items = [];
  }

  #cut(): void {
    const items = this.#items.splice(0, this.#size);
    const payload = encodeItems(items);
    this.#table.insert({
      id: this.nextId++,
      firstItem: this.#firstItem,
      items: items.length,
      bytes: items.reduce((sum, item) => sum + item.size, 0),
      payload,
      crc: crc32(payload),
    });
    this.#firstItem += items.length;
  }

  #replace(id: number): void {
    this.#table.close(id, stateReplaced);
    this.replaced++;
  }
}
