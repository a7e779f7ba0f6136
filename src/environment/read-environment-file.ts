import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { YamlMap } from "../config/yaml.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { addCondaFile, refuseCondaOnly } from "./conda-file.ts";
import { createDraft, type EnvironmentSpec } from "./environment-spec.ts";
import { addPythonEnv, isPythonEnv } from "./python-env-file.ts";
import { addRequirementLines } from "./requirement-lines.ts";

/**
 * Reads an environment file, which is one of these:
 *
 *     *.yml, *.yaml   a conda file; MLflow's python_env.yaml; or Azure's environment file, with conda_file, image or python
 *     MLmodel         what an MLflow model says of its environment, in the files beside it
 *     else            a requirements file
 *
 * Packages that only conda has are refused unless `allowCondaOnly` says that there is a conda to build with.
 *
 * Throws BatchwiseError `environment_file_invalid`, `environment_conda_only` or `yaml_invalid`.
 */
export async function readEnvironmentFile(
  path: string,
  keepAzureml: boolean,
  allowCondaOnly = false,
): Promise<EnvironmentSpec> {
  const file = resolve(path);
  const spec = await readSpec(file, keepAzureml, allowCondaOnly);
  if (spec.condaOnly.length > 0 && !allowCondaOnly) throw refuseCondaOnly(spec.condaOnly, file);
  return spec;
}

async function readSpec(file: string, keepAzureml: boolean, allowCondaOnly: boolean): Promise<EnvironmentSpec> {
  const text = readText(file);
  if (basename(file) === "MLmodel") {
    // Loaded only here: most environments are no models.
    const { readMlflowEnvironment } = await import("./mlflow-environment.ts");
    return readMlflowEnvironment(file, (path) => readEnvironmentFile(path, keepAzureml, allowCondaOnly));
  }
  const draft = createDraft();
  const origin = { file, chain: [file] };
  if (!/\.ya?ml$/i.test(file)) {
    addRequirementLines(draft, text, origin, keepAzureml);
    return draft;
  }
  const { map, content } = await readMap(file);
  if (isPythonEnv(map)) {
    addPythonEnv(draft, map, origin, keepAzureml);
    return draft;
  }
  const { python, conda_file: nested } = content;
  if (typeof python === "string") {
    return {
      ...draft,
      use: "interpreter",
      interpreter: python.includes("/") ? resolve(dirname(file), python) : python,
    };
  }
  const image = content.image ?? content.build;
  if (nested === undefined && image !== undefined && content.dependencies === undefined) {
    return { ...draft, use: "machine", notices: [describeImage(file, "no conda file, so the Python of this machine")] };
  }
  if (image !== undefined) draft.notices.push(describeImage(file, "its conda file"));
  if (typeof nested === "string") {
    const spec = await readEnvironmentFile(resolve(dirname(file), nested), keepAzureml, allowCondaOnly);
    return { ...spec, notices: [...draft.notices, ...spec.notices] };
  }
  if (nested !== undefined && !isMap(nested)) throw refuse(file, `the key "conda_file" is neither a path nor a map`);
  addCondaFile(draft, nested ?? content, origin, keepAzureml);
  return draft;
}

function describeImage(file: string, what: string): string {
  return `${file}: the local compute runs without the container; what counts is ${what}`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    const what = isSystemError(cause, "ENOENT") ? "there is no such file" : "it cannot be read";
    throw new BatchwiseError("environment_file_invalid", `looked for the environment file ${file}, and ${what}`, {
      hint: "name a conda YAML file or a requirements file with --environment FILE",
      cause,
    });
  }
}

/** As every YAML file of Batchwise is read: with line and column in its errors, and within limits whatever is in it. */
async function readMap(
  file: string,
): Promise<{ readonly map: YamlMap; readonly content: Readonly<Record<string, unknown>> }> {
  // Loaded only here: a requirements file, or a job without an environment, does without it.
  const { readYamlFile, toPlain } = await import("../config/yaml.ts");
  const { root } = readYamlFile(file);
  if (root.kind !== "map") throw refuse(file, "it holds no map with the key `dependencies`");
  return { map: root, content: toPlain(root) as Record<string, unknown> };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(file: string, what: string): BatchwiseError {
  return new BatchwiseError("environment_file_invalid", `${file}: ${what}`, {
    hint: "a conda file begins like this: `dependencies: [python=3.11, numpy]`",
  });
}
