/**
 * What programs may import from `batchwise`; everything else is internal and may change with any version.
 *
 * @example
 * import { LedgerReader } from "batchwise";
 * const reader = LedgerReader.open(jobFolder); // while the job runs, or long after
 * console.log(reader.status(), reader.counts());
 * reader.close();
 */
export type { FailureReason, JobOutcome, ProgressSnapshot } from "./driver/job-outcome.ts";
export { BatchwiseError, type ErrorCode, type ExitCode, errorRegistry, exitCodes } from "./errors.ts";
export { LedgerReader } from "./output/ledger-reader.ts";
