import { inspect } from "node:util";
import { BatchwiseError } from "../errors.ts";
import { nameHome } from "./name-home.ts";
import { makeStyle, showText } from "./terminal.ts";

export interface ErrorContext {
  /** Where more is to be read, for errors that nobody foresaw. */
  readonly logFile?: string;
  /** Folder of the job that the error is about: advice then names its home where that is needed. */
  readonly jobFolder?: string;
}

/** Shows an error on stderr: `error: …`, then `hint: …` and `code: …`. The JavaScript stack is shown only with BATCHWISE_DEBUG=1. */
export function printError(error: unknown, context: ErrorContext = {}): void {
  const style = makeStyle(process.stderr);
  const debug = process.env.BATCHWISE_DEBUG === "1";
  const lines: string[] = [];
  if (error instanceof BatchwiseError) {
    lines.push(`${style.red("error:")} ${showText(error.message)}`);
    if (error.hint !== undefined) {
      const { jobFolder } = context;
      lines.push(`hint: ${showText(jobFolder === undefined ? error.hint : nameHome(error.hint, jobFolder))}`);
    }
    lines.push(style.dim(`code: ${error.code}`));
  } else {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
    lines.push(`${style.red("error:")} something unforeseen happened: ${showText(message)}`);
    const log = context.logFile === undefined ? "" : ` and ${context.logFile}`;
    lines.push(
      `hint: this is a bug in Batchwise; please report it with the output of the same command under BATCHWISE_DEBUG=1${log}`,
    );
    lines.push(style.dim("code: internal"));
  }
  if (debug) lines.push(inspect(error));
  process.stderr.write(`${lines.join("\n")}\n`);
}
