import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { addCondaFile } from "./conda-file.ts";
import { createDraft, type EnvironmentSpec } from "./environment-spec.ts";
import { addRequirementLines } from "./requirement-lines.ts";

/**
 * Reads an environment file: a conda file or an Azure environment file with `conda_file` (both YAML, by their ending), else a requirements file.
 *
 * Throws BatchwiseError `environment_file_invalid`, `environment_conda_only` or `yaml_invalid`.
 */
export async function readEnvironmentFile(path: string, keepAzureml: boolean): Promise<EnvironmentSpec> {
  const file = resolve(path);
  const text = readText(file);
  const draft = createDraft();
  const origin = { file, chain: [file] };
  if (!/\.ya?ml$/i.test(file)) {
    addRequirementLines(draft, text, origin, keepAzureml);
    return draft;
  }
  const content = await readMap(file);
  const nested = content.conda_file;
  if (typeof nested === "string") return readEnvironmentFile(resolve(dirname(file), nested), keepAzureml);
  if (nested !== undefined && !isMap(nested)) throw refuse(file, `the key "conda_file" is neither a path nor a map`);
  addCondaFile(draft, nested ?? content, origin, keepAzureml);
  return draft;
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
async function readMap(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Loaded only here: a requirements file, or a job without an environment, does without it.
  const { readYamlFile, toPlain } = await import("../config/yaml.ts");
  const content = toPlain(readYamlFile(file).root);
  if (!isMap(content)) throw refuse(file, "it holds no map with the key `dependencies`");
  return content;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(file: string, what: string): BatchwiseError {
  return new BatchwiseError("environment_file_invalid", `${file}: ${what}`, {
    hint: "a conda file begins like this: `dependencies: [python=3.11, numpy]`",
  });
}
