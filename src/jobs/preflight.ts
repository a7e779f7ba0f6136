import { accessSync, constants, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isInside } from "../config/is-inside.ts";
import type { JobSettings } from "../config/job-settings.ts";
import type { PythonInterpreter, ScriptProblem } from "../environment/find-python.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { type ResolvedInput, resolveInput } from "../input/resolve-inputs.ts";
import { decodeRawPath, showPath, toNativePath } from "../storage/path-bytes.ts";
import { mayHoldFiles } from "./find-any-file.ts";

export interface CheckOptions {
  /** Whether the output folder may hold other things: jobs of an endpoint write differently named files into one folder. */
  readonly mayShareOutput?: boolean;
}

/** All that can be told to be wrong from paths alone, before anything is made. Throws a BatchwiseError that exits with 2. */
export async function checkPaths(settings: JobSettings, home: string, options: CheckOptions = {}): Promise<void> {
  checkScript(settings.script);
  if (settings.model !== null) checkModel(settings.model);
  const inputs: ResolvedInput[] = [];
  for (const input of settings.inputs) inputs.push(await resolveInput(input));
  checkOutput(settings, inputs, options);
  refuseInsideInput(home, "the home folder", "--home", inputs);
  if (!settings.allowEmpty) await refuseEmptyInput(settings, inputs);
}

/** Throws when there is no file, or it cannot be read. */
export function checkScript(script: string): void {
  const stats = statOrNull(script);
  if (stats === null || !stats.isFile()) {
    const found = stats === null ? "there is nothing" : "there is a folder";
    throw new BatchwiseError("script_not_found", `looked for the scoring script at ${showPath(script)} and ${found}`, {
      hint: "give the path of a Python file with init() and run(mini_batch) with --script",
    });
  }
  refuseUnreadable(script, "the scoring script", constants.R_OK);
}

function checkModel(model: string): void {
  const stats = statOrNull(model);
  if (stats === null) {
    throw new BatchwiseError("model_not_found", `looked for the model at ${showPath(model)} and there is nothing`, {
      hint: "give a file or folder with --model",
    });
  }
  refuseUnreadable(model, "the model", stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
}

function checkOutput(settings: JobSettings, inputs: readonly ResolvedInput[], options: CheckOptions): void {
  const { outputPath } = settings;
  if (outputPath === null) return;
  refuseInsideInput(outputPath, "the output path", "--output-path", inputs);
  const stats = statOrNull(outputPath);
  if (stats === null) {
    const above = findExisting(dirname(outputPath));
    if (!statSync(above).isDirectory()) throw outputUnwritable(outputPath, `${above} is not a folder`);
    refuseUnwritable(outputPath, above);
    return;
  }
  if (!stats.isDirectory()) throw outputUnwritable(outputPath, "it is not a folder");
  refuseUnwritable(outputPath, outputPath);
  if (settings.overwrite) return;
  const isTaken = options.mayShareOutput
    ? settings.outputAction === "append_row" && statOrNull(join(outputPath, settings.outputFileName)) !== null
    : readdirSync(toNativePath(outputPath)).length > 0;
  if (isTaken) throw outputExists(settings, outputPath);
}

function outputExists(settings: JobSettings, outputPath: string): BatchwiseError {
  const file = join(outputPath, settings.outputFileName);
  const found =
    settings.outputAction === "append_row" && statOrNull(file) !== null
      ? `${showPath(file)} exists`
      : `the output folder ${showPath(outputPath)} is not empty`;
  return new BatchwiseError("output_exists", `${found}, and results are never overwritten silently`, {
    hint: "choose another --output-path, or give --overwrite to replace what the job writes",
  });
}

function outputUnwritable(outputPath: string, reason: string): BatchwiseError {
  return new BatchwiseError("output_unwritable", `cannot write results to ${showPath(outputPath)}: ${reason}`, {
    hint: "choose another --output-path, or make it writable",
  });
}

function refuseUnwritable(outputPath: string, folder: string): void {
  try {
    accessSync(toNativePath(folder), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw outputUnwritable(
      outputPath,
      isSystemError(error, "EROFS") ? "the file system is read-only" : `${folder} is not writable`,
    );
  }
}

/** Results or jobs inside the input would be scored themselves, by this job or the next. */
function refuseInsideInput(path: string, what: string, option: string, inputs: readonly ResolvedInput[]): void {
  const real = findRealPath(path);
  for (const input of inputs) {
    if (input.kind !== "folder" && input.kind !== "glob") continue;
    const root = decodeRawPath(input.realRoot);
    if (!isInside(real, root)) continue;
    throw new BatchwiseError(
      "output_inside_input",
      `${what} ${showPath(path)} lies inside the input ${showPath(decodeRawPath(input.root))}, and its files would be scored as well`,
      {
        hint: `choose a folder outside the input with ${option}`,
      },
    );
  }
}

async function refuseEmptyInput(settings: JobSettings, inputs: readonly ResolvedInput[]): Promise<void> {
  const { include, exclude } = settings;
  const filtered = include.length > 0 || exclude.length > 0;
  for (const input of inputs) {
    const glob = input.kind === "glob" ? input.pattern : null;
    const filter =
      filtered || glob !== null ? (await import("../input/globs.ts")).compileFilter(glob, include, exclude) : null;
    const list = input.kind === "list" ? await import("../input/list-file.ts") : null;
    if (mayHoldFiles(input, filter, (file) => list === null || hasAny(list.readList(file)))) return;
  }
  const places = settings.inputs.map(showPath).join(", ");
  const why = filtered ? "no file there is wanted by --include and --exclude" : "there is no file";
  throw new BatchwiseError("input_empty", `looked for files in ${places} and ${why}`, {
    hint: "check --input; give --allow-empty when no file is a right answer",
  });
}

function hasAny(values: Iterable<unknown>): boolean {
  for (const _ of values) return true;
  return false;
}

/** Throws when the static check of the script found something. */
export function refuseScriptProblem(interpreter: PythonInterpreter, script: string): void {
  const problem = interpreter.scriptProblem;
  if (problem === null) return;
  throw new BatchwiseError(
    "script_invalid",
    `the scoring script ${describePlace(problem, script)}: ${problem.message}${quoteSource(problem)}`,
    {
      hint: `it was checked with Python ${interpreter.version} (${interpreter.executable}); a scoring script has functions init() and run(mini_batch)`,
    },
  );
}

function describePlace(problem: ScriptProblem, script: string): string {
  const line = problem.line === null ? "" : `:${problem.line}`;
  return `${showPath(problem.file ?? script)}${line}`;
}

function quoteSource({ text, column }: ScriptProblem): string {
  if (text === null || text.trim() === "") return "";
  const line = text.split("\n", 1)[0] as string;
  const indent = line.length - line.trimStart().length;
  const caret = column === null || column <= indent ? "" : `\n    ${" ".repeat(column - 1 - indent)}^`;
  return `\n    ${line.trim()}${caret}`;
}

function refuseUnreadable(path: string, what: string, mode: number): void {
  try {
    accessSync(toNativePath(path), mode);
  } catch (cause) {
    throw new BatchwiseError("file_unreadable", `cannot read ${what} ${showPath(path)}: permission denied`, {
      cause,
      hint: "make it readable for the user who runs the job",
    });
  }
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(toNativePath(path), { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

function findExisting(path: string): string {
  return statOrNull(path) !== null || dirname(path) === path ? path : findExisting(dirname(path));
}

/** The path without links, also when its last parts do not exist yet. */
function findRealPath(path: string): string {
  const existing = findExisting(path);
  const real = decodeRawPath(realpathSync.native(toNativePath(existing), "latin1"));
  return existing === path ? real : join(real, path.slice(existing.length));
}
