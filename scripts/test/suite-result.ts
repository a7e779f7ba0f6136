/** What one suite came to. */
export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Shown when something failed; empty when the suite has printed it itself. */
  readonly output: string;
}

/** The closing line: `N passed, N failed`, and `, N skipped` when some were. */
export function addCounts(results: readonly Pick<SuiteResult, "passed" | "failed" | "skipped">[]): string {
  const add = (key: "passed" | "failed" | "skipped") => results.reduce((sum, result) => sum + result[key], 0);
  const skipped = add("skipped");
  return `${add("passed")} passed, ${add("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
