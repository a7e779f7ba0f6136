import type { DatabaseSync } from "node:sqlite";
import type { JobPaths } from "../storage/job-paths.ts";
import type { FileTable } from "./file-table.ts";
import type { JobTable, JobTotals } from "./job-table.ts";
import type { OutputSettings } from "./ledger-types.ts";
import type { ResultTable } from "./result-table.ts";

/** What publishing needs of the ledger. */
export interface PublishContext {
  readonly db: DatabaseSync;
  readonly paths: JobPaths;
  readonly settings: OutputSettings;
  readonly totals: JobTotals;
  readonly epoch: number;
  readonly job: JobTable;
  readonly files: FileTable;
  readonly results: ResultTable;
  readonly transact: <T>(body: () => T) => T;
}
