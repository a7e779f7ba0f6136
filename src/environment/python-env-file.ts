import type { YamlMap, YamlValue } from "../config/yaml.ts";
import { BatchwiseError } from "../errors.ts";
import type { SpecDraft } from "./environment-spec.ts";
import { parseVersionCondition } from "./python-version.ts";
import { addRequirementLines, type LineOrigin, readPackageName } from "./requirement-lines.ts";

/** True for the content of MLflow's `python_env.yaml`: a Python version, and requirements that are not conda's. */
export function isPythonEnv(content: YamlMap): boolean {
  if (content.entries.has("build_dependencies")) return true;
  const python = content.entries.get("python")?.value;
  return python?.kind === "scalar" && parseVersionCondition(python.text) !== null;
}

/** Takes it into the draft: `python`, `build_dependencies` and `dependencies`, the latter two lists of lines as a requirements file has them. */
export function addPythonEnv(draft: SpecDraft, content: YamlMap, origin: LineOrigin, keepAzureml: boolean): void {
  const python = content.entries.get("python")?.value;
  if (python !== undefined && !isEmpty(python)) {
    // As text: the number 3.10 would be 3.1.
    draft.python = python.kind === "scalar" ? parseVersionCondition(python.text) : null;
    if (draft.python === null) throw refuse(origin, "the Python version cannot be read");
  }
  // The environment has a pip of its own, as always; that MLflow pins one is not worth a notice.
  const build = readLines(content, "build_dependencies", origin).filter((line) => readPackageName(line) !== "pip");
  for (const line of [...build, ...readLines(content, "dependencies", origin)]) {
    addRequirementLines(draft, line, origin, keepAzureml);
  }
}

function readLines(content: YamlMap, key: string, origin: LineOrigin): string[] {
  const list = content.entries.get(key)?.value;
  if (list === undefined || isEmpty(list)) return [];
  if (list.kind !== "list") throw refuse(origin, `the key "${key}" is no list`);
  return list.items.map((item) => {
    if (item.kind === "scalar" && item.value !== null) return item.text;
    throw refuse(origin, `an entry of "${key}" is no text`);
  });
}

function isEmpty(value: YamlValue): boolean {
  return value.kind === "scalar" && value.value === null;
}

function refuse(origin: LineOrigin, what: string): BatchwiseError {
  return new BatchwiseError("environment_file_invalid", `${origin.file}: ${what}`, {
    hint: 'a python_env.yaml looks like this: `python: 3.11.7` and `dependencies: ["-r requirements.txt"]`',
  });
}
