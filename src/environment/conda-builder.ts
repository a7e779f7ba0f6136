import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { type InstallRequest, runStep } from "./install-packages.ts";
import { findOnPath } from "./installed-pythons.ts";

/** A program of the conda family. */
export interface CondaTool {
  readonly name: "micromamba" | "mamba" | "conda";
  readonly path: string;
}

/** The first on PATH, the quickest before the others; then the one that a conda shell names. Null when there is none. */
export function findConda(env: NodeJS.ProcessEnv): CondaTool | null {
  for (const name of ["micromamba", "mamba", "conda"] as const) {
    const path = findOnPath(name, env);
    if (path !== null) return { name, path };
  }
  const named = env.MAMBA_EXE || env.CONDA_EXE;
  if (!named) return null;
  const name = basename(named);
  return { name: name === "micromamba" || name === "mamba" ? name : "conda", path: named };
}

/** Makes the environment with conda, from a file of its own kind. Throws BatchwiseError `environment_build_failed` with its last lines. */
export async function installWithConda(tool: CondaTool, request: InstallRequest): Promise<void> {
  const file = join(request.folder, "conda.yml");
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(describeForConda(request.spec), null, 2)}\n`);
  const place = ["--prefix", request.target, "--file", file];
  const args = tool.name === "micromamba" ? ["create", "--yes", ...place] : ["env", "create", ...place];
  await runStep(request, tool.path, args);
}

function describeForConda({ conda, requirements }: EnvironmentSpec): object {
  const { channels, dependencies, pip } = conda ?? { channels: [], dependencies: [], pip: requirements };
  return {
    ...(channels.length === 0 ? {} : { channels }),
    dependencies: [...dependencies, ...(pip.length === 0 ? [] : ["pip", { pip }])],
  };
}
