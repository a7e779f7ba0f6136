/** What programs may import from `batchwise`; everything else is internal and may change with any version. */
export { BatchwiseError, type ErrorCode, type ExitCode, errorRegistry, exitCodes } from "./errors.ts";
