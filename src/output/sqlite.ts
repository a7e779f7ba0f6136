/** What all SQLite code here shares: opening, values that SQLite has no type for, and errors in words. */

import type { Buffer } from "node:buffer";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { decodePathBytes, encodePathBytes } from "../storage/path-bytes.ts";
import { makeDiskFullError } from "../storage/storage-errors.ts";

/** The first column of the first row, as a number. */
export function readNumber(db: DatabaseSync, sql: string): number {
  const row = db.prepare(sql).get();
  return row === undefined ? 0 : Number(Object.values(row)[0]);
}

/** A string for a column without type: text as it is; bytes when it holds a lone surrogate, which SQLite would replace. */
export function toSqlText(text: string): string | Buffer {
  return text.isWellFormed() ? text : encodePathBytes(text);
}

/** The string that `toSqlText` was given. */
export function fromSqlText(value: SQLOutputValue): string {
  return value instanceof Uint8Array ? decodePathBytes(value) : String(value);
}

/** Like `fromSqlText`, with null for NULL. */
export function fromSqlTextOrNull(value: SQLOutputValue): string | null {
  return value === null ? null : fromSqlText(value);
}

/** A string for a column of type TEXT that is only shown: lone surrogates are replaced. */
export function toShownText(text: string | null): string | null {
  return text === null ? null : text.toWellFormed();
}

/** SQLite's own number of an error (extended), or null when it is not one of its errors. */
export function sqliteCode(error: unknown): number | null {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : null;
}

const generic = 1;
const busy = 5;
const locked = 6;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const constraint = 19;
const mismatch = 20;
const notADatabase = 26;

/** Turns an error of SQLite into one for the user; others pass through. */
export function describeSqliteError(error: unknown, doing: string, path: string): unknown {
  const code = sqliteCode(error);
  if (code === null || error instanceof BatchwiseError) return error;
  const said = error instanceof Error ? error.message : String(error);
  switch (code & 0xff) {
    case full:
      return makeDiskFullError(doing, path, 0, error);
    case corrupt:
    case notADatabase:
    // Our statements fit our schema and respect its constraints: when the file says otherwise, something changed it.
    case generic:
    case constraint:
    case mismatch:
      return makeDamagedError(doing, path, said, error);
    case busy:
    case locked:
      return new BatchwiseError("ledger_locked", `${doing}: another process holds ${path} and does not let go`, {
        hint: `find it with "fuser -v ${path}", end it, then resume the job`,
        cause: error,
      });
    case ioError:
    case readOnly:
    case cannotOpen:
      return new BatchwiseError(
        "storage_failed",
        `${doing}: ${path} cannot be read or written: ${said} (SQLite ${code})`,
        {
          hint: "check the disk, the permissions and the mount of that path; then resume the job",
          cause: error,
        },
      );
    default:
      return error;
  }
}

/** True when SQLite says that nothing was written: the disk is full, another process holds the file, or a constraint does not hold. */
export function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && [full, busy, constraint, generic].includes(code & 0xff);
}

export function makeDamagedError(doing: string, path: string, found: string, cause?: unknown): BatchwiseError {
  return new BatchwiseError("ledger_damaged", `${doing}: ${path} is damaged: ${found}`, {
    hint: "restore the job folder from a copy, or start the job anew under another name; the rows file in the job folder still holds what was scored",
    cause,
  });
}
