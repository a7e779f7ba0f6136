import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readYamlFile, toPlain } from "../config/yaml.ts";
import { BatchwiseError } from "../errors.ts";
import { addRequirement, createDraft, type EnvironmentSpec, type SpecDraft } from "./environment-spec.ts";
import { parseVersionCondition } from "./python-version.ts";
import { readPackageName } from "./requirement-lines.ts";

/** What an `MLmodel` file says that matters here. */
interface ModelFacts {
  /** Files beside it, by the names that it gives them; they may not be there. */
  readonly condaFile: string;
  readonly pythonEnvFile: string;
  readonly pythonVersion: string | null;
  readonly mlflowVersion: string | null;
  /** Whether its input is an array: images are, tables are not. Null when it has no signature. */
  readonly takesArray: boolean | null;
}

/** Reads an environment file of another kind. */
type FileReader = (path: string) => Promise<EnvironmentSpec>;

/**
 * The environment of an MLflow model, from the files beside its `MLmodel`: `python_env.yaml`, else `conda.yaml`, else `requirements.txt`. When conda.yaml asks for
 * something that python_env.yaml does not, conda.yaml counts: it is the one that Azure ML builds, and so the one that people mend. What the scoring itself needs
 * (mlflow, pandas, and what reads Parquet and images) is added where it is missing.
 */
export async function readMlflowEnvironment(file: string, readFile: FileReader): Promise<EnvironmentSpec> {
  const facts = readFacts(file);
  const folder = dirname(file);
  const read = (name: string) => readIfThere(join(folder, name), readFile);
  const [pythonEnv, conda] = [await read(facts.pythonEnvFile), await read(facts.condaFile)];
  const chosen = choose(pythonEnv, conda, facts) ?? (await read("requirements.txt"));
  if (chosen instanceof BatchwiseError) throw chosen;
  const draft: SpecDraft = chosen === null ? createDraft() : copyDraft(chosen);
  if (chosen === null)
    draft.notices.push(`${file}: the model names no packages; only what the scoring needs is installed`);
  if (draft.python === null && facts.pythonVersion !== null) draft.python = parseVersionCondition(facts.pythonVersion);
  addWhatScoringNeeds(draft, facts);
  return draft;
}

type ReadSpec = EnvironmentSpec | BatchwiseError | null;

/** A file that cannot be used is no reason to stop as long as another can. */
async function readIfThere(path: string, readFile: FileReader): Promise<ReadSpec> {
  if (!existsSync(path)) return null;
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof BatchwiseError) return error;
    throw error;
  }
}

function choose(pythonEnv: ReadSpec, conda: ReadSpec, facts: ModelFacts): ReadSpec {
  if (isSpec(pythonEnv) && isSpec(conda)) {
    const missing = conda.requirements.filter((line) => !hasLine(pythonEnv, line));
    if (missing.length === 0 && conda.condaOnly.length === 0) return pythonEnv;
    const what = missing.length === 0 ? "conda's own packages" : missing.join(", ");
    const notice = `${facts.condaFile} and ${facts.pythonEnvFile} of the model differ (${what}); ${facts.condaFile} counts, as on Azure ML`;
    return { ...conda, notices: [...conda.notices, notice] };
  }
  if (isSpec(pythonEnv)) return pythonEnv;
  if (isSpec(conda)) return conda;
  return pythonEnv ?? conda;
}

function isSpec(read: ReadSpec): read is EnvironmentSpec {
  return read !== null && !(read instanceof BatchwiseError);
}

function hasLine(spec: EnvironmentSpec, line: string): boolean {
  const bare = (text: string) => text.replace(/\s+/g, "").toLowerCase();
  return spec.requirements.some((other) => bare(other) === bare(line));
}

function copyDraft(spec: EnvironmentSpec): SpecDraft {
  const { conda } = spec;
  return {
    ...spec,
    requirements: [...spec.requirements],
    constraints: [...spec.constraints],
    localFiles: [...spec.localFiles],
    condaOnly: [...spec.condaOnly],
    conda:
      conda === null
        ? null
        : { channels: [...conda.channels], dependencies: [...conda.dependencies], pip: [...conda.pip] },
    notices: [...spec.notices],
  };
}

/** Full mlflow brings pandas and pyarrow along; mlflow-skinny, which is a tenth of it and enough, does not. */
function addWhatScoringNeeds(draft: SpecDraft, facts: ModelFacts): void {
  const names = new Set(draft.requirements.map(readPackageName));
  const hasMlflow = names.has("mlflow");
  if (!hasMlflow && !names.has("mlflow-skinny")) addRequirement(draft, `mlflow-skinny${boundMlflow(facts)}`);
  if (hasMlflow) {
    if (facts.takesArray !== false && !names.has("pillow")) addRequirement(draft, "pillow");
    return;
  }
  if (!names.has("pandas")) addRequirement(draft, "pandas");
  if (facts.takesArray !== true && !names.has("pyarrow") && !names.has("fastparquet")) addRequirement(draft, "pyarrow");
  if (facts.takesArray !== false && !names.has("pillow")) addRequirement(draft, "pillow");
}

/** Of the major version that wrote the model, and not older than it. */
function boundMlflow({ mlflowVersion }: ModelFacts): string {
  const match = /^(\d+)\.\d+\.\d+$/.exec(mlflowVersion ?? "");
  return match === null ? "" : `>=${mlflowVersion},<${Number(match[1]) + 1}`;
}

function readFacts(file: string): ModelFacts {
  const { root } = readYamlFile(file);
  const content = asMap(toPlain(root));
  const flavour = asMap(asMap(content.flavors).python_function);
  const { env } = flavour;
  const inputs = asMap(content.signature).inputs;
  return {
    condaFile: asText(env) ?? asText(asMap(env).conda) ?? "conda.yaml",
    pythonEnvFile: asText(asMap(env).virtualenv) ?? "python_env.yaml",
    pythonVersion: asText(flavour.python_version),
    mlflowVersion: asText(content.mlflow_version),
    takesArray: typeof inputs === "string" ? /"type":\s*"tensor"/.test(inputs) : null,
  };
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
