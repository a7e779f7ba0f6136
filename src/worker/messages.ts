/** The shapes of the messages, see protocol/README.md. What arrives from a worker is checked here before anything relies on it. */

import { type Frame, WireError } from "./codec.ts";

export const protocolVersion = 1;

/** What a worker is told once. */
export interface StartMessage {
  readonly t: "start";
  readonly job: string;
  readonly epoch: number;
  readonly worker: number;
  readonly script: string;
  readonly code_dir: string;
  readonly scratch_dir: string;
  readonly output_dir: string;
  readonly take_dir: string;
  readonly state_file: string | null;
  readonly argv: readonly string[];
  readonly logging_level: string;
  readonly output_action: string;
  readonly output_format: string;
  readonly input_roots: readonly string[];
  readonly node_id: string;
  readonly entry_env: Readonly<Record<string, string>>;
  readonly memory_limit: number | null;
}

/** A mini-batch on its way to a worker: id, attempt, number of items, bytes and CRC of its part of the payload. */
export type RunEntry = readonly [miniBatch: number, attempt: number, items: number, bytes: number, crc: number];

export interface ScriptError {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
}

export type LogRange = readonly [start: number, end: number];

export interface ExcludedItem {
  readonly index: number;
  readonly reason: "vanished" | "changed" | "refused";
  readonly detail: string;
}

/** A successful attempt as the worker reports it; `rows` is its part of the frame, `partBytes` of rows came before in parts. */
export interface WorkerResult {
  readonly miniBatch: number;
  readonly attempt: number;
  readonly rows: Uint8Array;
  readonly partBytes: number;
  readonly crc: number;
  readonly rowCount: number;
  readonly elements: number;
  readonly scored: number;
  readonly startedUs: number;
  readonly runUs: number;
  readonly cpuUs: number;
  readonly log: LogRange;
  readonly columns: readonly string[] | null;
  readonly excluded: readonly ExcludedItem[];
  readonly files: readonly (readonly [path: string, bytes: number])[];
  readonly take: string | null;
  readonly maxRss: number;
}

export type FailReason = "exception" | "exit" | "return_type" | "format" | "output_file" | "payload";

/** A failed attempt as the worker reports it. */
export interface WorkerFailure {
  readonly miniBatch: number;
  readonly attempt: number;
  readonly reason: FailReason;
  readonly error: ScriptError | null;
  readonly runUs: number;
  readonly cpuUs: number;
  readonly maxRss: number;
  readonly log: LogRange;
}

/** What a worker may say; the names of the wire's messages. */
export type WorkerMessage =
  | { readonly t: "hello"; readonly protocol: number; readonly pid: number; readonly python: string }
  | { readonly t: "ready"; readonly initUs: number; readonly log: LogRange }
  | { readonly t: "broken"; readonly stage: string; readonly error: ScriptError; readonly log: LogRange }
  | { readonly t: "part"; readonly miniBatch: number; readonly attempt: number; readonly rows: Uint8Array }
  | { readonly t: "done"; readonly results: readonly WorkerResult[] }
  | { readonly t: "fail"; readonly failure: WorkerFailure }
  | { readonly t: "dropped"; readonly entries: readonly (readonly [miniBatch: number, attempt: number])[] };

const failReasons: readonly string[] = ["exception", "exit", "return_type", "format", "output_file", "payload"];

/** Reads a frame from a worker. Throws WireError when it is not one of the messages or a field has the wrong type. */
export function parseWorkerMessage(frame: Frame): WorkerMessage {
  const h = frame.header;
  switch (h.t) {
    case "done":
      return { t: "done", results: parseResults(h.r, frame.payload) };
    case "hello":
      return { t: "hello", protocol: int(h.protocol), pid: int(h.pid), python: text(h.python) };
    case "ready":
      return { t: "ready", initUs: int(h.init_us), log: range(h.log) };
    case "broken":
      return { t: "broken", stage: text(h.stage), error: parseError(h.error), log: range(h.log) };
    case "part":
      return { t: "part", miniBatch: int(h.mini_batch), attempt: int(h.attempt), rows: frame.payload };
    case "fail":
      return { t: "fail", failure: parseFailure(h) };
    case "dropped":
      return { t: "dropped", entries: list(h.b).map((entry) => [int(list(entry)[0]), int(list(entry)[1])] as const) };
    default:
      throw new WireError(`a worker sent a message of the unknown name "${h.t.slice(0, 40)}"`);
  }
}

function parseResults(raw: unknown, payload: Uint8Array): WorkerResult[] {
  const results: WorkerResult[] = [];
  let offset = 0;
  for (const entry of list(raw)) {
    const r = list(entry);
    const bytes = int(r[2]);
    if (offset + bytes > payload.byteLength) throw new WireError("the results claim more bytes than the payload has");
    const extra = r[12] === null || r[12] === undefined ? null : object(r[12]);
    results.push({
      miniBatch: int(r[0]),
      attempt: int(r[1]),
      rows: payload.subarray(offset, offset + bytes),
      partBytes: extra?.part_bytes === undefined ? 0 : int(extra.part_bytes),
      crc: int(r[3]),
      rowCount: int(r[4]),
      elements: int(r[5]),
      scored: int(r[6]),
      startedUs: int(r[7]),
      runUs: int(r[8]),
      cpuUs: int(r[9]),
      log: [int(r[10]), int(r[11])],
      columns: extra?.columns === undefined ? null : list(extra.columns).map(text),
      excluded: extra?.excluded === undefined ? [] : list(extra.excluded).map(parseExcluded),
      files:
        extra?.files === undefined
          ? []
          : list(extra.files).map((file) => [text(list(file)[0]), int(list(file)[1])] as const),
      take: extra?.take === undefined ? null : text(extra.take),
      maxRss: extra?.max_rss === undefined ? 0 : int(extra.max_rss),
    });
    offset += bytes;
  }
  if (offset !== payload.byteLength) throw new WireError("the payload has bytes that belong to no result");
  return results;
}

function parseExcluded(raw: unknown): ExcludedItem {
  const [index, reason, detail] = list(raw);
  if (reason !== "vanished" && reason !== "changed" && reason !== "refused")
    throw new WireError("an item is excluded for an unknown reason");
  return { index: int(index), reason, detail: text(detail ?? "") };
}

function parseFailure(h: Frame["header"]): WorkerFailure {
  const reason = text(h.reason);
  if (!failReasons.includes(reason))
    throw new WireError(`an attempt failed for the unknown reason "${reason.slice(0, 40)}"`);
  return {
    miniBatch: int(h.mini_batch),
    attempt: int(h.attempt),
    reason: reason as FailReason,
    error: h.error === null || h.error === undefined ? null : parseError(h.error),
    runUs: int(h.run_us),
    cpuUs: int(h.cpu_us),
    maxRss: int(h.max_rss),
    log: range(h.log),
  };
}

function parseError(raw: unknown): ScriptError {
  const error = object(raw);
  return { type: text(error.type), message: text(error.message), traceback: text(error.traceback) };
}

function range(raw: unknown): LogRange {
  const pair = list(raw);
  return [int(pair[0]), int(pair[1])];
}

function int(raw: unknown): number {
  if (typeof raw !== "number" || !Number.isSafeInteger(raw) || raw < 0)
    throw new WireError("a number is missing in a message");
  return raw;
}

function text(raw: unknown): string {
  if (typeof raw !== "string") throw new WireError("a text is missing in a message");
  return raw;
}

function list(raw: unknown): readonly unknown[] {
  if (!Array.isArray(raw)) throw new WireError("a list is missing in a message");
  return raw;
}

function object(raw: unknown): Record<string, unknown> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new WireError("an object is missing in a message");
  return raw as Record<string, unknown>;
}
