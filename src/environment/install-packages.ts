import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BatchwiseError } from "../errors.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { explainBuildFailure } from "./explain-build-failure.ts";
import { findOnPath } from "./installed-pythons.ts";
import { readLastLines, runProgram } from "./run-program.ts";

export interface InstallRequest {
  readonly spec: EnvironmentSpec;
  /** The environment file, for messages. */
  readonly file: string;
  /** Folder of the virtual environment; not there yet. */
  readonly target: string;
  /** Folder for the requirements as they are installed and for `build.log`. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** For a virtual environment. */
export interface VenvRequest extends InstallRequest {
  /** The interpreter to build on. */
  readonly basePython: string;
}

export interface VenvBuilder {
  readonly name: "uv" | "pip";
  /** Path of uv, or null for pip. */
  readonly uv: string | null;
}

/** uv when it is on PATH (several times faster) and not declined, else the interpreter's own venv and pip. */
export function chooseVenvBuilder(env: NodeJS.ProcessEnv, usePip: boolean): VenvBuilder {
  const uv = usePip ? null : findOnPath("uv", env);
  return uv === null ? { name: "pip", uv: null } : { name: "uv", uv };
}

/** Makes the virtual environment and installs the requirements. Throws BatchwiseError `environment_build_failed` with the builder's last lines. */
export async function installPackages(builder: VenvBuilder, request: VenvRequest): Promise<void> {
  const { spec, target, basePython } = request;
  const python = join(target, "bin", "python");
  const lists = writeLists(request);
  const hasPackages = spec.requirements.some((line) => !line.startsWith("-"));
  if (builder.uv !== null) {
    await runStep(request, builder.uv, ["venv", "--python", basePython, target]);
    // pip compiles while it installs, uv does not; else each worker would compile at its first start.
    const args = ["pip", "install", "--python", python, "--compile-bytecode", ...lists];
    if (hasPackages) await runStep(request, builder.uv, args);
    return;
  }
  await runStep(request, basePython, ["-m", "venv", target]);
  const args = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", ...lists];
  if (hasPackages) await runStep(request, python, args);
}

function writeLists({ spec, folder }: InstallRequest): string[] {
  const requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, `${spec.requirements.join("\n")}\n`);
  if (spec.constraints.length === 0) return ["-r", requirements];
  const constraints = join(folder, "constraints.txt");
  writeFileSync(constraints, `${spec.constraints.join("\n")}\n`);
  return ["-r", requirements, "-c", constraints];
}

/** One program of a build, its lines shown and kept in `build.log`. Throws `environment_build_failed` when it fails. */
export async function runStep(request: InstallRequest, file: string, args: readonly string[]): Promise<void> {
  const log = join(request.folder, "build.log");
  const lines: string[] = [];
  const result = await runProgram(file, args, {
    env: cleanEnvironment(request.env),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    onLine: (line) => {
      lines.push(line);
      if (line.trim() !== "") request.onProgress(line.trim());
    },
  });
  writeFileSync(log, `$ ${[file, ...args].join(" ")}\n${lines.join("\n")}\n`, { flag: "a" });
  if (result.code === 0) return;
  request.signal?.throwIfAborted();
  const ended = result.signal === null ? `exit code ${result.code}` : result.signal;
  const how = result.error === null ? ended : result.error.message;
  // uv and venv say on one stream what pip says on the other.
  const output = readLastLines(result.stderr, 20).length > 0 ? result.stderr : result.stdout;
  const shown = readLastLines(output, 20).map((line) => `  ${line}`);
  throw new BatchwiseError(
    "environment_build_failed",
    [`building the environment of ${request.file} failed (${how}):`, ...shown, `the whole log: ${log}`].join("\n"),
    { hint: explainBuildFailure(`${result.stdout}\n${result.stderr}`), cause: result.error ?? undefined },
  );
}

/** The user's settings of index, proxy and cache stay; what would make pip install elsewhere, or count foreign packages as there, goes. */
function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const cleaned = { ...env };
  const names = [
    "PYTHONPATH",
    "PYTHONHOME",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_REQUIRE_VIRTUALENV",
  ];
  for (const name of [...names, "__PYVENV_LAUNCHER__"]) delete cleaned[name];
  return cleaned;
}
