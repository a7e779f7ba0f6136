import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { OnConflict } from "../config/job-settings.ts";
import { foldersOf } from "../storage/durable.ts";
import type { ResultEntry } from "./ledger-types.ts";
import { fromSqlText, toSqlText } from "./sqlite.ts";

/** A file that the script wrote, or one piece of it when several mini-batches wrote the same. */
export interface FilePiece {
  readonly path: string;
  readonly firstItem: number;
  readonly miniBatch: number;
  readonly attempt: number;
  readonly bytes: number;
  /** Where it begins in the published file, -1 when it is not in it; null as long as it lies below `files/`. */
  readonly published: number | null;
}

/** The table `file`: what scripts wrote themselves. */
export class FileTable {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #owner: StatementSync;
  readonly #ownerBelow: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare("INSERT INTO file (path, first_item, mini_batch, attempt, bytes) VALUES (?, ?, ?, ?, ?)");
    this.#owner = db.prepare("SELECT mini_batch FROM file WHERE path = ? LIMIT 1");
    this.#ownerBelow = db.prepare("SELECT mini_batch, path FROM file WHERE path > ? AND path < ? LIMIT 1");
  }

  /** Records what a result's mini-batch wrote. */
  insertAll(result: ResultEntry, firstItem: number): void {
    for (const [path, bytes] of result.files!.entries) {
      this.#insert.run(toSqlText(path), firstItem, result.miniBatch, result.attempt, bytes);
    }
  }

  /** The mini-batch that wrote this path, or null. */
  findOwner(path: string): number | null {
    const row = this.#owner.get(toSqlText(path));
    return row === undefined ? null : Number(row.mini_batch);
  }

  /** A committed path that cannot stand beside this one: a file where this one needs a folder, or the other way round. */
  findClash(path: string): { path: string; miniBatch: number } | null {
    for (const folder of foldersOf(path)) {
      const miniBatch = this.findOwner(folder);
      if (miniBatch !== null) return { path: folder, miniBatch };
    }
    // "0" follows "/" in ASCII. Text and blobs are ranges of their own: a path below may be either.
    const below =
      this.#ownerBelow.get(`${path}/`, `${path}0`) ??
      this.#ownerBelow.get(Buffer.from(`${path}/`), Buffer.from(`${path}0`));
    return below === undefined ? null : { path: fromSqlText(below.path!), miniBatch: Number(below.mini_batch) };
  }

  /** Records that all files are published, joined or chosen by that rule. */
  markPublished(rule: OnConflict): void {
    const place =
      rule === "last"
        ? "CASE WHEN first_item = max(first_item) OVER (PARTITION BY path) THEN 0 ELSE -1 END"
        : "sum(bytes) OVER (PARTITION BY path ORDER BY first_item) - bytes";
    this.#db.exec(`UPDATE file SET published = placed.at
      FROM (SELECT path AS p, first_item AS f, ${place} AS at FROM file) AS placed
      WHERE placed.p = file.path AND placed.f = file.first_item`);
  }

  /** Number of bytes that the published file of this path has by the ledger, or null when it is not published. */
  findPublishedBytes(path: string): number | null {
    const row = this.#db
      .prepare("SELECT sum(bytes) AS bytes FROM file WHERE path = ? AND published >= 0")
      .get(toSqlText(path));
    return row?.bytes == null ? null : Number(row.bytes);
  }

  /** Number of published files. */
  countPublished(): number {
    return Number(this.#db.prepare("SELECT count(DISTINCT path) AS n FROM file WHERE published >= 0").get()!.n);
  }
}

/** The names of the folders below `files/` that the ledger knows. */
export function readStagedFolders(db: DatabaseSync): Set<string> {
  const rows = db.prepare("SELECT DISTINCT mini_batch, attempt FROM file WHERE published IS NULL").all();
  return new Set(rows.map((row) => `${row.mini_batch}-${row.attempt}`));
}

/** All pieces, those of one path together and in input order. */
export function* iteratePieces(db: DatabaseSync): Generator<FilePiece[]> {
  let pieces: FilePiece[] = [];
  for (const row of db.prepare("SELECT * FROM file ORDER BY path, first_item").iterate()) {
    const piece: FilePiece = {
      path: fromSqlText(row.path!),
      firstItem: Number(row.first_item),
      miniBatch: Number(row.mini_batch),
      attempt: Number(row.attempt),
      bytes: Number(row.bytes),
      published: row.published === null ? null : Number(row.published),
    };
    if (pieces.length > 0 && pieces[0]!.path !== piece.path) {
      yield pieces;
      pieces = [];
    }
    pieces.push(piece);
  }
  if (pieces.length > 0) yield pieces;
}
