/** Values between records and rows: JSON, flags, and paths whose bytes are not UTF-8. */

import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { decodePathBytes, encodePathBytes } from "../storage/path-bytes.ts";

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function readText(row: Row, column: string): string {
  return String(row[column]);
}

export function readTextOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
}

export function readInteger(row: Row, column: string): number {
  return Number(row[column]);
}

export function readFlag(row: Row, column: string): boolean {
  return row[column] !== 0;
}

export function readJson<T>(row: Row, column: string): T {
  return JSON.parse(String(row[column])) as T;
}

export function readJsonOrNull<T>(row: Row, column: string): T | null {
  return row[column] === null ? null : readJson<T>(row, column);
}

/** A path: bytes when it is not UTF-8. */
export function readPathOrNull(row: Row, column: string): string | null {
  const value = row[column];
  if (value instanceof Uint8Array) return decodePathBytes(value);
  return value === null || value === undefined ? null : String(value);
}

export function toSqlPath(path: string | null): SQLInputValue {
  return path === null || path.isWellFormed() ? path : encodePathBytes(path);
}

export function toSqlFlag(flag: boolean): number {
  return flag ? 1 : 0;
}

/** `INSERT INTO table (a, b) VALUES (:a, :b)`, with `or` as in `INSERT OR REPLACE`. */
export function insertSql(table: string, columns: readonly string[], conflict = ""): string {
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((column) => `:${column}`).join(", ")}) ${conflict}`;
}

/** The end of an upsert: every column but the keys and the time of making takes the new value. */
export function updateOnConflict(columns: readonly string[], keys: readonly string[]): string {
  const changed = columns.filter((column) => !keys.includes(column) && column !== "created_at");
  return `ON CONFLICT (${keys.join(", ")}) DO UPDATE SET ${changed.map((column) => `${column} = excluded.${column}`).join(", ")}`;
}
