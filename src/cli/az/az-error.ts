/** An error in the words and with the exit code of `az`: 1 for failures, 2 for wrong use, 3 for what is not there. */
export class AzError extends Error {
  readonly exitCode: 1 | 2 | 3;
  /** Further lines on stderr. */
  readonly details: readonly string[];

  constructor(exitCode: 1 | 2 | 3, message: string, details: readonly string[] = []) {
    super(message);
    this.name = "AzError";
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** Wrong use of the command line. */
export function refuseUsage(message: string, ...details: string[]): AzError {
  return new AzError(2, message, details);
}
