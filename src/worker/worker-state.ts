import { readSync } from "node:fs";

/** What a worker is doing; the numbers of the state file in protocol/README.md. */
export const phases = ["starting", "init", "idle", "checking", "run", "sending", "shutdown"] as const;

export type Phase = (typeof phases)[number];

export interface WorkerState {
  readonly phase: Phase;
  readonly miniBatch: number | null;
  readonly attempt: number;
  /** CLOCK_MONOTONIC in milliseconds when the phase began; compare with `monotonicMs()`. */
  readonly sinceMs: number;
}

export const stateFileBytes = 48;

/** The clock of the state file. Node's hrtime and Python's monotonic both read CLOCK_MONOTONIC, one clock for all processes of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const record = Buffer.alloc(stateFileBytes);

/** Reads the state file behind an open descriptor. Null when the record is being written at this moment (ask again later) or makes no sense. */
export function readWorkerState(fd: number): WorkerState | null {
  if (readSync(fd, record, 0, stateFileBytes, 0) !== stateFileBytes) return null;
  if (record.readBigUInt64LE(0) !== record.readBigUInt64LE(40)) return null;
  const phase = phases[record.readUInt32LE(8)];
  if (phase === undefined) return null;
  const miniBatch = Number(record.readBigInt64LE(16));
  return {
    phase,
    miniBatch: miniBatch < 0 ? null : miniBatch,
    attempt: record.readUInt32LE(12),
    sinceMs: Number(record.readBigUInt64LE(24)) / 1e6,
  };
}
