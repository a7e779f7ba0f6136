/**
 * Which Python a job runs under. The first of these that is given counts, and the others are not looked at:
 *
 *     option        --python PATH
 *     environment   --environment FILE: the interpreter that it names, or what is built of it; a container image alone means none
 *     active        VIRTUAL_ENV, else CONDA_PREFIX
 *     path          python3, else python, on PATH
 *
 * The same start of the interpreter that tells its version also checks the scoring script, so that this costs one process (about 20 ms).
 */

import { resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import type { BuildOptions } from "./build-environment.ts";
import { describePythons, findActivePython, findOnPath, listInstalledPythons } from "./installed-pythons.ts";
import { isNewEnough, type ProbedPython, probePython, probeTimeoutMs, readProbe } from "./probe-python.ts";
import { readLastLines, runProgram } from "./run-program.ts";
import { checkArguments, readScriptProblem, type ScriptProblem } from "./script-check.ts";

export type { ScriptProblem } from "./script-check.ts";

export interface PythonRequest extends BuildOptions {
  /** `--python`: a path, or a command on PATH; null when not given. */
  readonly python: string | null;
  /** Conda YAML or requirements file, or null. */
  readonly environmentFile: string | null;
  /** Where environments are kept: `<home>/environments`. */
  readonly home: string;
  /** Scoring script to check on the way, or null. */
  readonly script?: string | null;
}

export interface PythonInterpreter {
  /** What to start: the interpreter itself, never a shim. */
  readonly executable: string;
  /** For example "3.11.7". */
  readonly version: string;
  readonly source: "option" | "environment" | "active" | "path";
  /** What is wrong with the script, or null when nothing is or none was asked for. */
  readonly scriptProblem: ScriptProblem | null;
}

interface Candidate {
  readonly path: string;
  readonly source: PythonInterpreter["source"];
  /** Where the path comes from, for messages. */
  readonly origin: string;
}

/**
 * Finds the interpreter, builds its environment when one is asked for, and checks the script with it.
 *
 * Throws BatchwiseError `python_not_found`, `python_too_old`, `python_unusable`, or what building the environment throws.
 *
 * @example const { executable } = await findPython({ python: null, environmentFile: "conda.yaml", home, script: "score.py" });
 */
export async function findPython(request: PythonRequest): Promise<PythonInterpreter> {
  const env = request.env ?? process.env;
  const tooOld: PythonInterpreter[] = [];
  for (const candidate of await listCandidates(request, env)) {
    const found = await probeWithScript(candidate, request.script ?? null, env);
    if (found !== null && isNewEnough(found)) return found;
    if (found !== null) tooOld.push(found);
    // Where the user named the place, nothing else is tried in its stead.
    if (found === null && candidate.source !== "path") throw await explainUnusable(candidate, env);
  }
  const oldest = tooOld[0];
  if (oldest !== undefined) {
    throw new BatchwiseError(
      "python_too_old",
      `the Python at ${oldest.executable} is ${oldest.version}, and the worker needs Python 3.8 or later`,
      { hint: await describeChoice(env) },
    );
  }
  throw new BatchwiseError("python_not_found", "looked for python3 and python on PATH and found neither", {
    hint: await describeChoice(env),
  });
}

async function listCandidates(request: PythonRequest, env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  if (request.python !== null) {
    const isCommand = !request.python.includes("/");
    const path = isCommand ? (findOnPath(request.python, env) ?? request.python) : resolve(request.python);
    return [{ path, source: "option", origin: "--python" }];
  }
  if (request.environmentFile !== null) {
    // Loaded only here: most jobs build nothing, and reading YAML costs start-up time.
    const { openEnvironment } = await import("./open-environment.ts");
    const path = await openEnvironment(request.environmentFile, request.home, request);
    if (path !== null) return [{ path, source: "environment", origin: request.environmentFile }];
  }
  const active = findActivePython(env);
  if (active !== null) return [{ path: active.path, source: "active", origin: active.variable }];
  return ["python3", "python"]
    .map((name) => findOnPath(name, env))
    .filter((path) => path !== null)
    .map((path) => ({ path, source: "path", origin: "PATH" }));
}

/** One start of the interpreter; null when what stands at the path is no Python. */
async function probeWithScript(
  candidate: Candidate,
  script: string | null,
  env: NodeJS.ProcessEnv,
): Promise<PythonInterpreter | null> {
  const { path, source } = candidate;
  if (script === null) {
    const python = await probePython(path, env);
    return python === null ? null : describe(python, source, null);
  }
  const result = await runProgram(path, checkArguments(script), { env, timeoutMs: probeTimeoutMs });
  const python = readProbe(result);
  if (python !== null) return describe(python, source, readScriptProblem(python.answer));
  const bare = await probePython(path, env);
  if (bare === null || !isNewEnough(bare)) return bare === null ? null : describe(bare, source, null);
  throw new BatchwiseError(
    "python_unusable",
    `the Python at ${bare.executable} (${bare.version}) could not check the scoring script ${script}:\n${quoteOutput(result.stderr)}`,
    {
      hint: "the installation of that Python, or of Batchwise, seems to be incomplete; name another Python with --python PATH",
    },
  );
}

function describe(
  { executable, version }: ProbedPython,
  source: PythonInterpreter["source"],
  scriptProblem: ScriptProblem | null,
): PythonInterpreter {
  return { executable, version, source, scriptProblem };
}

async function explainUnusable(candidate: Candidate, env: NodeJS.ProcessEnv): Promise<BatchwiseError> {
  const { path, origin } = candidate;
  const result = await runProgram(path, ["--version"], { env, timeoutMs: probeTimeoutMs });
  const hint = await describeChoice(env);
  const code = result.error !== null && "code" in result.error ? result.error.code : null;
  if (code === "ENOENT") {
    const text = `${origin} names the Python ${path}, and there is no such file`;
    return new BatchwiseError("python_not_found", text, { hint, cause: result.error });
  }
  if (code === "EACCES") {
    const text = `${origin} names ${path}, which is not a program that may be run`;
    return new BatchwiseError("python_not_found", text, { hint, cause: result.error });
  }
  const output = quoteOutput(result.stderr || result.stdout || "  (no output)");
  return new BatchwiseError(
    "python_unusable",
    `${origin} names ${path}, which does not answer as Python does:\n${output}`,
    {
      hint,
      cause: result.error,
    },
  );
}

function quoteOutput(text: string): string {
  return readLastLines(text, 10)
    .map((line) => `  ${line}`)
    .join("\n");
}

async function describeChoice(env: NodeJS.ProcessEnv): Promise<string> {
  const installed = await listInstalledPythons(env);
  if (installed.length === 0) return "install Python 3.8 or later, or name one with --python PATH";
  return `name one with --python PATH; this machine has ${describePythons(installed)}`;
}
