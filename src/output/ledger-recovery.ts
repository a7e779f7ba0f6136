/**
 * What opening a job folder for writing puts right after a crash: the rows file and the folders of script-written files become what the ledger
 * says they are. Every step may be repeated, so a crash in here is mended by the next opening.
 */

import type { DatabaseSync } from "node:sqlite";
import { BatchwiseError } from "../errors.ts";
import { makeFolder, removeTree } from "../storage/durable.ts";
import type { JobPaths } from "../storage/job-paths.ts";
import { readStagedFolders } from "./file-table.ts";
import type { JobTotals } from "./job-table.ts";
import type { LedgerStock } from "./ledger-types.ts";
import type { Publication } from "./publication.ts";
import { RowsFile } from "./rows-file.ts";
import { StagedFiles } from "./staged-files.ts";

export interface Recovered {
  /** Null once the rows are published. */
  readonly rows: RowsFile | null;
  readonly repaired: LedgerStock["repaired"];
}

export function recover(db: DatabaseSync, paths: JobPaths, totals: JobTotals, publication: Publication): Recovered {
  removeTree(paths.spool);
  makeFolder(paths.spool);
  if (publication.state === "done") {
    removeTree(paths.rows);
    removeTree(paths.files);
    return { rows: null, repaired: { rowsBytesCut: 0, foldersRemoved: 0 } };
  }
  const known = readStagedFolders(db);
  const foldersRemoved = new StagedFiles(paths.files).removeOthers((name) => known.has(name));
  if (publication.state === "started") {
    // Rows and files may be on their way: publishing finds them, wherever it was interrupted.
    return { rows: null, repaired: { rowsBytesCut: 0, foldersRemoved } };
  }
  const { rows, cut } = openRows(paths, totals.rowsEnd);
  return { rows, repaired: { rowsBytesCut: cut, foldersRemoved } };
}

function openRows(paths: JobPaths, committed: number): { rows: RowsFile; cut: number } {
  const rows = RowsFile.open(paths.rows) ?? (committed === 0 ? RowsFile.create(paths.rows, paths.folder) : null);
  const found = rows === null ? null : rows.bytes;
  if (rows === null || found === null || found < committed) {
    rows?.close();
    throw new BatchwiseError(
      "rows_file_short",
      `opening ${paths.rows}: ${found === null ? "it is missing" : `it has ${found} bytes`}, the ledger has ${committed} committed bytes`,
      {
        hint: "committed rows are lost: restore the whole job folder from one copy, or start the job anew under another name",
      },
    );
  }
  if (found > committed) {
    rows.cutTo(committed);
    rows.sync();
  }
  return { rows, cut: found - committed };
}
