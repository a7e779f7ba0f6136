import { search } from "jmespath";
import { AzError } from "../az-error.ts";

/** Throws with exit code 2 for a query that cannot be read; called before any work is done. */
export function checkQuery(query: string): void {
  try {
    search(null, query);
  } catch (error) {
    // Only reading it counts here: running it on nothing may well fail.
    if (!(error instanceof Error) || !["LexerError", "ParserError"].includes(error.name)) return;
    throw new AzError(2, `argument --query: invalid jmespath_type value: '${query}'`, [error.message]);
  }
}

/** Applies `--query`; finding nothing gives null. Throws with exit code 1 for one that fails on this result. */
export function runQuery(value: unknown, query: string): unknown {
  try {
    return search(value, query);
  } catch (error) {
    throw new AzError(1, error instanceof Error ? error.message : String(error));
  }
}
