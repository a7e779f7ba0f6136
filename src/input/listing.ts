import { Worker } from "node:worker_threads";
import { BatchwiseError } from "../errors.ts";
import { decodeRawPath } from "../storage/path-bytes.ts";
import type { Listing, ListingChunk, ListingOptions, PlannedMiniBatch } from "./input.ts";
import type { ListingMessage, ListingThreadData } from "./listing-messages.ts";
import { columnsPerMiniBatch } from "./pack.ts";
import { type ResolvedInput, resolveInput } from "./resolve-inputs.ts";

/** Chunks that the thread may be ahead of the driver. */
const maxChunksAhead = 4;

/**
 * Checks the inputs and starts to list them in a thread.
 * Throws input_not_found, input_unreadable, input_glob_invalid; `next` may throw input_unreadable, input_list_changed and mini_batch_too_large.
 *
 * @example
 * const listing = await startListing({ inputs: ["/data"], include: [], exclude: [], miniBatchSize: 10, firstId: 0, firstItem: 0, after: null });
 * for (let chunk = await listing.next(); chunk !== null; chunk = await listing.next()) plan(chunk.miniBatches);
 * await listing.close();
 */
export async function startListing(options: ListingOptions): Promise<Listing> {
  const inputs: ResolvedInput[] = [];
  for (const input of options.inputs) inputs.push(await resolveInput(input));
  if (options.include.length > 0 || options.exclude.length > 0) {
    const { compileFilter } = await import("./globs.ts");
    compileFilter(null, options.include, options.exclude);
  }
  return new ListingThread(inputs, options);
}

class ListingThread implements Listing {
  readonly roots: readonly string[];
  readonly #permits = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  #nextId: number;
  #nextItem: number;
  /** Messages that came before they were asked for. */
  readonly #messages: ListingMessage[] = [];
  readonly #waiting: { resolve: (chunk: ListingChunk | null) => void; reject: (error: unknown) => void }[] = [];
  /** Set when the thread is gone without an `end` or `error`. */
  #lost: unknown = null;
  #isClosed = false;

  constructor(inputs: readonly ResolvedInput[], options: ListingOptions) {
    this.roots = [...new Set(inputs.map((input) => decodeRawPath(input.root)))];
    this.#nextId = options.firstId;
    this.#nextItem = options.firstItem;
    this.#permits[0] = maxChunksAhead;
    const { include, exclude, after, miniBatchSize } = options;
    const workerData: ListingThreadData = { inputs, include, exclude, after, miniBatchSize, permits: this.#permits };
    // Source runs as .ts, the build as .js; the thread is of the same kind as this file.
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    this.#worker = new Worker(new URL(`./listing-thread.${extension}`, import.meta.url), {
      name: "listing",
      workerData,
      // Names and sizes are short-lived; the default of 48 MiB only lets more of them pile up (measured: 30 MiB less, no slower).
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.on("message", (message: ListingMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#lose(error));
    this.#worker.on("exit", () => this.#lose(new Error("the listing thread ended early")));
  }

  async next(): Promise<ListingChunk | null> {
    const message = this.#messages[0];
    if (message !== undefined) {
      // `end` and `error` stay, so that asking again gives the same.
      if (message.kind === "chunk") this.#messages.shift();
      return this.#open(message);
    }
    if (this.#isClosed) return null;
    if (this.#lost !== null) throw this.#lost;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#messages.length = 0;
    for (const { resolve } of this.#waiting.splice(0)) resolve(null);
    await this.#worker.terminate();
  }

  #receive(message: ListingMessage): void {
    if (this.#isClosed) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined || message.kind !== "chunk") this.#messages.push(message);
    if (waiting === undefined) return;
    try {
      waiting.resolve(this.#open(message));
    } catch (error) {
      waiting.reject(error);
    }
  }

  #lose(error: unknown): void {
    if (this.#isClosed || this.#messages.some((message) => message.kind !== "chunk")) return;
    this.#lost ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
  }

  /** Turns a message into what `next` gives, and lets the thread go on. */
  #open(message: ListingMessage): ListingChunk | null {
    if (message.kind === "end") return null;
    if (message.kind === "error") {
      const { code, message: text, hint } = message;
      throw new BatchwiseError(code, text, hint === undefined ? {} : { hint });
    }
    Atomics.add(this.#permits, 0, 1);
    Atomics.notify(this.#permits, 0);
    const { columns, payloads, rejected, cursor } = message.chunk;
    const miniBatches: PlannedMiniBatch[] = [];
    let offset = 0;
    for (let at = 0; at < columns.length; at += columnsPerMiniBatch) {
      const items = columns[at]!;
      const length = columns[at + 2]!;
      miniBatches.push({
        id: this.#nextId,
        firstItem: this.#nextItem,
        items,
        bytes: columns[at + 1]!,
        payload: new Uint8Array(payloads, offset, length),
        crc: columns[at + 3]!,
      });
      this.#nextId += 1;
      this.#nextItem += items;
      offset += length;
    }
    return { miniBatches, rejected, cursor };
  }
}
