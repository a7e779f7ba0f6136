/** A mini-batch in the driver's memory, from the moment it is planned or read back from the ledger until it is committed, quarantined or replaced. */
export interface MiniBatch {
  readonly id: number;
  readonly firstItem: number;
  readonly items: number;
  readonly bytes: number;
  readonly payload: Uint8Array;
  readonly crc: number;
  /** The mini-batch that this one was cut from, or null. */
  readonly parent: number | null;
  /** Made by isolation: it gets one attempt, its parent has used up the retries. */
  readonly isHalf: boolean;
  /** Failed attempts of the mini-batches that it was cut from. */
  readonly attemptsBefore: number;
  /** Failed attempts that count. */
  failedAttempts: number;
  /** Highest attempt number given out, lost ones included; results of lower ones are late and are dropped. */
  lastAttempt: number;
  /** Attempts lost through no fault of the script, in this run of the driver. */
  lostAttempts: number;
}

/** Adds the counters of a mini-batch that has not been tried yet. */
export function newMiniBatch(planned: {
  readonly id: number;
  readonly firstItem: number;
  readonly items: number;
  readonly bytes: number;
  readonly payload: Uint8Array;
  readonly crc: number;
  readonly parent?: number | null;
  readonly isHalf?: boolean;
  readonly attemptsBefore?: number;
}): MiniBatch {
  const { id, firstItem, items, bytes, payload, crc } = planned;
  const parent = planned.parent ?? null;
  return {
    id,
    firstItem,
    items,
    bytes,
    payload,
    crc,
    parent,
    isHalf: planned.isHalf ?? false,
    attemptsBefore: planned.attemptsBefore ?? 0,
    failedAttempts: 0,
    lastAttempt: 0,
    lostAttempts: 0,
  };
}
