import { compile, search } from "jmespath";
import { AzError } from "../az-error.ts";

/** Applies `--query`. A query that cannot be read ends with 2, one that fails on this result with 1; finding nothing gives null. */
export function runQuery(value: unknown, query: string): unknown {
  try {
    compile(query);
  } catch (error) {
    throw new AzError(2, `argument --query: invalid jmespath_type value: '${query}'`, [describe(error)]);
  }
  try {
    return search(value as never, query);
  } catch (error) {
    throw new AzError(1, describe(error));
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
