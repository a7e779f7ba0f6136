/**
 * Where publishing stands, kept as JSON in the ledger. Each arrow is one transaction; what is done between two of them may be done again.
 *
 *   none ──► started(assembling) ──► started(placing) ──► done ──► none with `previous` (reopened for a retry of failed items)
 *               rows and files are      they get their names                rows are back in the job folder; what was published
 *               gathered in a partial   in the output folder                may be replaced by the next publishing
 *               folder
 */

import { isAbsolute, join, relative } from "node:path";
import type { PublicationState, PublishedOutput } from "./ledger-types.ts";

/** Rows as they were published. */
export interface PublishedRows {
  /** Relative to the job folder when it lies inside, so that a job folder can be moved. */
  readonly path: string;
  readonly bytes: number;
  readonly crc: number;
}

export interface Publication {
  readonly state: PublicationState;
  readonly step?: "assembling" | "placing";
  /** Output folder and partial folder of a publishing that was begun. */
  readonly folder?: string;
  readonly partial?: string;
  /** Set while `placing` and when `done`: the rows file, null with `summary_only`. */
  readonly rows?: PublishedRows | null;
  readonly files?: number;
  /** What an earlier publishing left in the output folder; ours to replace as long as it is unchanged. */
  readonly previous?: PublishedRows | null;
}

export function parsePublication(json: string | null): Publication {
  return json === null ? { state: "none" } : (JSON.parse(json) as Publication);
}

/** A path as it is kept: relative when it lies inside the job folder. */
export function toStoredPath(jobFolder: string, path: string): string {
  const inside = relative(jobFolder, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

export function fromStoredPath(jobFolder: string, stored: string): string {
  return isAbsolute(stored) ? stored : join(jobFolder, stored);
}

/** What the world is told of a finished publishing, or null. */
export function toPublishedOutput(publication: Publication, jobFolder: string): PublishedOutput | null {
  if (publication.state !== "done") return null;
  const rows = publication.rows ?? null;
  return {
    folder: fromStoredPath(jobFolder, publication.folder!),
    rowsFile: rows === null ? null : fromStoredPath(jobFolder, rows.path),
    rowsBytes: rows?.bytes ?? 0,
    rowsCrc: rows?.crc ?? 0,
    files: publication.files ?? 0,
  };
}
