import { realpathSync } from "node:fs";
import { BatchwiseError } from "../errors.ts";
import { findConda, installWithConda } from "./conda-builder.ts";
import { refuseCondaOnly } from "./conda-file.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { chooseVenvBuilder, type InstallRequest, installPackages } from "./install-packages.ts";
import { describePythons, listInstalledPythons } from "./installed-pythons.ts";
import { type ProbedPython, versionOf } from "./probe-python.ts";
import { findNearest, meetsCondition } from "./python-version.ts";

/** How an environment is built. */
export interface Builder {
  /** Of the program. */
  readonly name: string;
  readonly description: string;
  install(request: InstallRequest): Promise<void>;
}

/** conda where only it will do: for packages of its own, or a Python that is not on this machine; else uv, else pip. */
export async function chooseBuilder(
  spec: EnvironmentSpec,
  file: string,
  env: NodeJS.ProcessEnv,
  usePip: boolean,
): Promise<Builder> {
  const installed = await listInstalledPythons(env);
  const base = installed.find((python) => meets(python, spec));
  const tool = findConda(env);
  if (spec.condaOnly.length > 0 || base === undefined) {
    if (tool !== null && spec.conda !== null) {
      return { name: tool.name, description: tool.name, install: (request) => installWithConda(tool, request) };
    }
    if (spec.condaOnly.length > 0) throw refuseCondaOnly(spec.condaOnly, file);
  }
  if (base === undefined) throw refusePythonVersion(spec, file, installed);
  const { name, uv } = chooseVenvBuilder(env, usePip);
  // The real file, so that a later `python3` of another version on the same path does not slip in underneath.
  const basePython = realpathSync(base.executable);
  return {
    name,
    description: `Python ${base.version} and ${name}`,
    install: (request) => installPackages({ name, uv }, { ...request, basePython }),
  };
}

function meets(python: ProbedPython, { python: condition }: EnvironmentSpec): boolean {
  return condition === null || meetsCondition(versionOf(python), condition);
}

function refusePythonVersion(spec: EnvironmentSpec, file: string, installed: readonly ProbedPython[]): BatchwiseError {
  const wanted = spec.python === null ? "3.8 or later" : spec.python.text.replace(/^=+/, "");
  const nearest = spec.python === null ? null : findNearest(installed, spec.python);
  const fallback = nearest === null ? "" : `, or take Python ${nearest.version} instead with --python-version-fallback`;
  return new BatchwiseError(
    "environment_python_missing",
    `${file} asks for Python ${wanted}; this machine has ${installed.length === 0 ? "none of 3.8 or later" : describePythons(installed)}`,
    {
      hint: `install Python ${wanted} (for example: uv python install ${wanted}, or pyenv install ${wanted}), change the version in the file${fallback}`,
    },
  );
}

/** The spec with the nearest Python of this machine in place of one that is not there; it is an environment of its own, known by its own hash. */
export async function fallBackToNearest(spec: EnvironmentSpec, env: NodeJS.ProcessEnv): Promise<EnvironmentSpec> {
  const { python } = spec;
  if (python === null) return spec;
  const installed = await listInstalledPythons(env);
  const nearest = findNearest(installed, python);
  if (nearest === null || installed.some((each) => meets(each, spec))) return spec;
  const [major = 3, minor = 0] = versionOf(nearest);
  const notice = `Python ${python.text.replace(/^=+/, "")} is not on this machine; Python ${nearest.version} is taken instead (--python-version-fallback)`;
  const version = { text: `${major}.${minor}`, clauses: [{ operator: "=" as const, version: [major, minor] }] };
  return { ...spec, python: version, notices: [...spec.notices, notice] };
}
