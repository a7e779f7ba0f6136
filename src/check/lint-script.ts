import { fileURLToPath } from "node:url";
import { runProgram } from "../environment/run-program.ts";
import { BatchwiseError } from "../errors.ts";
import type { TargetPython } from "./choose-python.ts";

/** What `python/batchwise_lint` says about a script. */
export interface ScriptReport {
  readonly findings: readonly ScriptFinding[];
  readonly imports: readonly ImportedModule[];
  readonly modelPaths: readonly ModelPath[];
  readonly costs: readonly { readonly what: string; readonly line: number; readonly column: number }[];
  readonly usesOutputFolder: boolean;
}

export interface ScriptFinding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The path that the finding is about, where there is one. */
  readonly path?: string;
}

/** A module that is neither standard library nor the user's own. */
export interface ImportedModule {
  /** With dots, as it is imported first. */
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whether the interpreter finds it; null when it was not asked. */
  readonly installed: boolean | null;
}

/** Something below AZUREML_MODEL_DIR. */
export interface ModelPath {
  readonly parts: readonly string[];
  readonly line: number;
  readonly column: number;
}

const timeoutMs = 60_000;

/** Reads a script with the interpreter that it would run under, without running any of it. Throws `python_unusable`. */
export async function lintScript(script: string, codeFolder: string, python: TargetPython): Promise<ScriptReport> {
  const program = fileURLToPath(new URL("../../python/batchwise_lint", import.meta.url));
  // Without site packages (-S) it starts faster; they are needed only to look for modules.
  const options = python.hasPackages ? [] : ["-S"];
  const words = [...options, program, script, codeFolder, ...(python.hasPackages ? ["--installed"] : [])];
  const result = await runProgram(python.executable, words, { timeoutMs });
  const line = result.stdout.split("\n").findLast((text) => text.startsWith("{"));
  if (result.code === 0 && line !== undefined) return JSON.parse(line) as ScriptReport;
  throw new BatchwiseError(
    "python_unusable",
    `the Python at ${python.executable} could not check the scoring script ${script}:\n${result.stderr.trimEnd()}`,
    { hint: "name another Python with --python PATH" },
  );
}
