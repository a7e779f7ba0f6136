/**
 * What the listing gives to the driver. The listing runs in a thread of its own: it walks, takes size and time of each file, packs files into mini-batches
 * and hands them over in chunks, in input order. It never runs far ahead of what the driver has taken (see `Listing.next`).
 */

/** A mini-batch as planned. `payload` is the JSON of protocol/README.md, "Items of a mini-batch"; the driver does not look into it. */
export interface PlannedMiniBatch {
  readonly id: number;
  /** Index in input order of its first item; the order of the output. */
  readonly firstItem: number;
  readonly items: number;
  /** Sum of the sizes of its files. */
  readonly bytes: number;
  /** Shares its ArrayBuffer with the other payloads of its chunk: to be copied or written, not transferred. */
  readonly payload: Uint8Array;
  /** CRC-32 (zlib) of the payload. */
  readonly crc: number;
}

/** An entry of the input that is not handed to the script. `failed` ones count as failed items, `skipped` ones are only reported. */
export interface RejectedEntry {
  readonly path: string;
  readonly outcome: "skipped" | "failed";
  readonly reason: RejectReason;
  readonly detail: string;
}

export type RejectReason =
  | "not_regular_file"
  | "dangling_link"
  | "link_loop"
  | "duplicate"
  | "unreadable_folder"
  | "vanished"
  | "not_found"
  | "unreadable";

/** Where a listing stopped, so that a resumed job carries on after it: the last entry, planned or rejected, that was handed over. */
export interface ListingCursor {
  /** Index in `ListingOptions.inputs`. */
  readonly input: number;
  /** Its path; in a list, number of the line, a colon and the path. */
  readonly path: string;
}

export interface ListingChunk {
  readonly miniBatches: readonly PlannedMiniBatch[];
  readonly rejected: readonly RejectedEntry[];
  /** Cursor after this chunk; stored with the plan in the same transaction. */
  readonly cursor: ListingCursor;
}

export interface ListingOptions {
  /** Absolute folders, files, globs or `@list`; see JobSettings.inputs. */
  readonly inputs: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly miniBatchSize: number;
  /** First id and first item index to give out: not 0 when a planning is resumed. */
  readonly firstId: number;
  readonly firstItem: number;
  readonly after: ListingCursor | null;
}

/** A running listing. */
export interface Listing {
  /** Folders whose prefix is cut off an item's path for the column `file`. */
  readonly roots: readonly string[];
  /** The next chunk in order, or null at the end. Asking for a chunk lets the listing go on; it stays at most a few chunks ahead. Throws a BatchwiseError when an input cannot be listed. */
  next(): Promise<ListingChunk | null>;
  /** Ends the thread; safe to call at any time. */
  close(): Promise<void>;
}
