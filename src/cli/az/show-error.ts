import { inspect } from "node:util";
import { BatchwiseError, type ExitCode } from "../../errors.ts";
import { makeStyle, showText } from "../terminal.ts";
import { AzError } from "./az-error.ts";

/** Codes of wrong use; every other error of a verb of `az` ends with 1, or with 3 for what is not there. */
const usageCodes: ReadonlySet<string> = new Set(["usage", "unknown_command", "unknown_option", "missing_option"]);

/** The exit code that `az` has for an error. */
export function chooseAzExitCode(error: unknown): ExitCode {
  if (error instanceof AzError) return error.exitCode;
  if (!(error instanceof BatchwiseError)) return 1;
  if (usageCodes.has(error.code)) return 2;
  return error.exitCode === 3 || error.code === "job_not_found" ? 3 : 1;
}

/** Shows an error on stderr as `az` does: `ERROR: message`, in colour without the word. Ours add the hint and the code. */
export function showAzError(error: unknown, isDebug: boolean): void {
  process.stderr.write(`${describeError(error).join("\n")}\n`);
  if (isDebug) process.stderr.write(`${inspect(error)}\n`);
}

function describeError(error: unknown): string[] {
  if (error instanceof AzError) return [showFirst(error.message), ...error.details.map((line) => showText(line))];
  if (error instanceof BatchwiseError) {
    const hint = error.hint === undefined ? [] : [`hint: ${showText(error.hint)}`];
    return [showFirst(error.message), ...hint, makeStyle(process.stderr).dim(`code: ${error.code}`)];
  }
  const [type, message] = error instanceof Error ? [error.name, error.message] : ["unknown", inspect(error)];
  return [
    showFirst(`Met error <class '${type}'>:${message}`),
    "Please check log by running the command with '--debug' for more details.",
    "code: internal",
  ];
}

function showFirst(message: string): string {
  const style = makeStyle(process.stderr);
  const shown = showText(message);
  const coloured = style.red(shown);
  return coloured === shown ? `ERROR: ${shown}` : coloured;
}
