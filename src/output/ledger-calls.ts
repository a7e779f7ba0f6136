/** What the main thread and the ledger's thread say to each other: numbered calls, answered in their order. */

import { BatchwiseError, type ErrorCode } from "../errors.ts";
import type { EncodedGroup } from "./group-codec.ts";
import type { Ledger, LedgerOptions } from "./ledger.ts";

/** Calls that go to a method of the ledger as they are. */
export const plainCalls = [
  "pending",
  "counts",
  "takeStock",
  "setStatus",
  "verifyAccounting",
  "replan",
  "requeueQuarantined",
  "publish",
  "reopen",
  "writeFailedItems",
] as const satisfies readonly (keyof Ledger)[];

export type PlainCall = (typeof plainCalls)[number];

export type Call =
  | { readonly id: number; readonly name: "open"; readonly folder: string; readonly options: LedgerOptions }
  | { readonly id: number; readonly name: "commit"; readonly group: EncodedGroup }
  | { readonly id: number; readonly name: "payloads"; readonly ids: readonly number[] }
  | { readonly id: number; readonly name: "close" }
  | { readonly id: number; readonly name: PlainCall; readonly args: readonly unknown[] };

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };

/** An error on its way between threads: cloning keeps neither class nor code. */
export interface SentError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
  readonly cause: SentError | null;
}

export function packError(error: unknown): SentError {
  if (!(error instanceof Error))
    return { code: null, message: String(error), hint: undefined, stack: undefined, cause: null };
  const known = error instanceof BatchwiseError ? error : null;
  return {
    code: known?.code ?? null,
    message: error.message,
    hint: known?.hint,
    stack: error.stack,
    cause: error.cause === undefined ? null : packError(error.cause),
  };
}

export function unpackError(sent: SentError): Error {
  const cause = sent.cause === null ? {} : { cause: unpackError(sent.cause) };
  const hint = sent.hint === undefined ? {} : { hint: sent.hint };
  const error =
    sent.code === null
      ? new Error(sent.message, cause)
      : new BatchwiseError(sent.code, sent.message, { ...hint, ...cause });
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
