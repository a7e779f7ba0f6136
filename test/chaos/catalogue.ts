/**
 * The catalogue of faults, rows 1 to 77: what goes wrong, what the user gets, and the tests that hold it. A test is named by its file and a piece of its title;
 * `npm run check` fails when a row names no test and gives no reason, or names a test that is not there. docs/reliability.md is made of this.
 */

import { processRows } from "./catalogue-processes.ts";
import { storageRows } from "./catalogue-storage.ts";

export interface CatalogueRow {
  readonly row: number;
  readonly fault: string;
  readonly promise: string;
  /** File, and words of the title as they stand in it. */
  readonly tests: readonly (readonly [string, string])[];
  /** What of the row is not tested, and why. */
  readonly reason?: string;
}

export const catalogue: readonly CatalogueRow[] = [...processRows, ...storageRows];
