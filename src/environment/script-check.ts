import { fileURLToPath } from "node:url";

/** What `check.py` found in a scoring script without running it. */
export interface ScriptProblem {
  /** `not_found`, `syntax`, `no_init`, `no_run`, `arity`, `async` or `encoding`. */
  readonly kind: string;
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The offending source line. */
  readonly text: string | null;
}

/** Arguments that make a Python check a script; it is part of the package in source and build alike. */
export function checkArguments(script: string): string[] {
  const program = fileURLToPath(new URL("../../python/batchwise_worker/check.py", import.meta.url));
  // -S: no site packages, a third of the start-up time; the check needs the standard library only.
  return ["-S", program, script, "--json"];
}

/** The problem in the answer of `check.py`, or null when the script may run. */
export function readScriptProblem(answer: Record<string, unknown>): ScriptProblem | null {
  const error = answer.error;
  if (typeof error !== "object" || error === null) return null;
  const { kind, message, file, line, column, text } = error as Record<string, unknown>;
  return {
    kind: typeof kind === "string" ? kind : "unknown",
    message: typeof message === "string" ? message : "the script cannot be used",
    file: typeof file === "string" ? file : null,
    line: typeof line === "number" ? line : null,
    column: typeof column === "number" ? column : null,
    text: typeof text === "string" ? text : null,
  };
}
