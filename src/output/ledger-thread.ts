/** The main thread's side of the ledger. Calls are carried out in the order in which they are made, each before the next is begun. */

import { Worker } from "node:worker_threads";
import { encodeGroup, listTransfers } from "./group-codec.ts";
import type { LedgerOptions } from "./ledger.ts";
import { type Answer, type Call, type PlainCall, unpackError } from "./ledger-calls.ts";
import type {
  JobStatus,
  LedgerCounts,
  LedgerGroup,
  LedgerStock,
  PendingMiniBatch,
  PublishedOutput,
} from "./ledger-types.ts";

/** The same file as this one is: source when types are stripped, else built. */
const entry = new URL(`./ledger-thread-entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Small: the thread holds a group at a time. Its large memory, SQLite's cache and buffers, lies outside. */
const heapMiB = 256;
/** Groups are short-lived; a larger young generation only keeps more garbage. */
const youngHeapMiB = 6;

export class LedgerThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;
  #ended: Error | null = null;
  #stock: LedgerStock | null = null;
  #closing: Promise<void> | null = null;

  private constructor() {
    this.#worker = new Worker(entry, {
      name: "ledger",
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: youngHeapMiB },
    });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("the ledger's thread has ended")));
  }

  /** Starts the thread and opens the ledger of a job folder in it. */
  static async open(folder: string, options: LedgerOptions): Promise<LedgerThread> {
    const thread = new LedgerThread();
    try {
      thread.#stock = (await thread.#send((id) => ({ id, name: "open", folder, options }))) as LedgerStock;
      return thread;
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
  }

  /** What opening found; see `takeStock` for now. */
  get stock(): LedgerStock {
    return this.#stock!;
  }

  /** Makes a group durable. What the group refers to is copied before this returns. Once a call has failed no later group may be sent, except for the same one after `disk_full`. */
  async commit(group: LedgerGroup): Promise<void> {
    const encoded = encodeGroup(group);
    await this.#send((id) => ({ id, name: "commit", group: encoded }), listTransfers(encoded));
  }

  /** Mini-batches that are neither committed, nor quarantined, nor replaced, by id; `afterId` and `limit` page through them. */
  async pending(afterId?: number, limit?: number): Promise<PendingMiniBatch[]> {
    return (await this.#call("pending", afterId, limit)) as PendingMiniBatch[];
  }

  /** Payloads of these mini-batches in the order of the ids, checked against their CRC. */
  async payloads(ids: readonly number[]): Promise<Uint8Array[]> {
    return (await this.#send((id) => ({ id, name: "payloads", ids }))) as Uint8Array[];
  }

  async counts(): Promise<LedgerCounts> {
    return (await this.#call("counts")) as LedgerCounts;
  }

  async takeStock(): Promise<LedgerStock> {
    return (await this.#call("takeStock")) as LedgerStock;
  }

  async setStatus(status: JobStatus, message: string | null): Promise<void> {
    await this.#call("setStatus", status, message);
  }

  /** Rejects with `accounting_broken` unless every item listed ended exactly once. */
  async verifyAccounting(): Promise<void> {
    await this.#call("verifyAccounting");
  }

  /** Regroups what is pending into mini-batches of that many items; resolves with how many were made. */
  async replan(miniBatchSize: number): Promise<number> {
    return (await this.#call("replan", miniBatchSize)) as number;
  }

  /** Quarantined mini-batches become pending again; published rows come back first. Resolves with their ids. */
  async requeueQuarantined(): Promise<number[]> {
    return (await this.#call("requeueQuarantined")) as number[];
  }

  /** Publishes, or finishes a publishing that was interrupted. */
  async publish(): Promise<PublishedOutput> {
    return (await this.#call("publish")) as PublishedOutput;
  }

  /** Takes published rows back, so that more can be committed. */
  async reopen(): Promise<void> {
    await this.#call("reopen");
  }

  /** Writes `failed-items.jsonl`; resolves with the number of items it stands for. */
  async writeFailedItems(): Promise<number> {
    return (await this.#call("writeFailedItems")) as number;
  }

  /** Closes the ledger and ends the thread; safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#ended !== null) return;
    try {
      await this.#send((id) => ({ id, name: "close" }));
    } finally {
      await this.#worker.terminate();
    }
  }

  #call(name: PlainCall, ...args: readonly unknown[]): Promise<unknown> {
    return this.#send((id) => ({ id, name, args }));
  }

  #send(make: (id: number) => Call, transfers: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage(make(id), transfers);
    return waiting.promise;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(unpackError(answer.error));
    else waiting?.resolve(answer.value);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}
