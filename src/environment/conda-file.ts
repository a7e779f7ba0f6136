import { BatchwiseError } from "../errors.ts";
import { isSkippedAzureml } from "./azureml-packages.ts";
import { translateCondaName } from "./conda-packages.ts";
import type { SpecDraft } from "./environment-spec.ts";
import { parseVersionCondition } from "./python-version.ts";
import { addRequirementLines, type LineOrigin, normalizeName } from "./requirement-lines.ts";

const knownKeys = new Set(["name", "channels", "dependencies", "prefix", "platforms", "variables"]);

/**
 * Takes a conda file's content (already read as YAML) into the draft: `python=…` becomes the condition on Python, conda packages become
 * requirements under PyPI's names, the nested `pip:` list is taken as it is.
 */
export function addCondaFile(
  draft: SpecDraft,
  content: Readonly<Record<string, unknown>>,
  origin: LineOrigin,
  keepAzureml: boolean,
): void {
  for (const key of Object.keys(content)) {
    if (!knownKeys.has(key)) draft.notices.push(`${origin.file}: the key "${key}" has no meaning here and is ignored`);
  }
  const { channels } = content;
  draft.conda = {
    channels: Array.isArray(channels) ? channels.filter((channel) => typeof channel === "string") : [],
    dependencies: [],
    pip: [],
  };
  const dependencies = content.dependencies ?? [];
  if (!Array.isArray(dependencies)) {
    throw refuse(origin, `the key "dependencies" is ${describeKind(dependencies)}, and a list is wanted`);
  }
  for (const entry of dependencies) {
    if (typeof entry === "string") addDependency(draft, draft.conda, entry, origin, keepAzureml);
    else draft.conda.pip.push(...addPipList(draft, entry, origin, keepAzureml));
  }
}

/** What to say when packages that only conda has are asked for, and there is no conda. */
export function refuseCondaOnly(names: readonly string[], file: string): BatchwiseError {
  const quoted = names.map((name) => `"${name}"`).join(", ");
  return new BatchwiseError(
    "environment_conda_only",
    `${file} asks for ${quoted}, which ${names.length === 1 ? "exists" : "exist"} as conda packages only; this environment is built from PyPI`,
    {
      hint: `leave out what the script does not need; put micromamba, mamba or conda on PATH, and the environment is built with it; or create it yourself (conda env create -f ${file}) and name its interpreter with --python PATH`,
    },
  );
}

/** Takes the nested list in and returns its lines as they are to be installed. */
function addPipList(draft: SpecDraft, entry: unknown, origin: LineOrigin, keepAzureml: boolean): string[] {
  const lines = typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>).pip : undefined;
  if (lines === null) return []; // `- pip:` with nothing below it
  if (!Array.isArray(lines) || Object.keys(entry as object).length !== 1) {
    throw refuse(origin, `an entry of "dependencies" is neither a package name nor a list named "pip"`);
  }
  const before = draft.requirements.length;
  for (const line of lines) {
    if (typeof line !== "string") {
      throw refuse(origin, `an entry of the "pip" list is ${describeKind(line)}, and a text is wanted`);
    }
    addRequirementLines(draft, line, origin, keepAzureml);
  }
  return draft.requirements.slice(before);
}

function addDependency(
  draft: SpecDraft,
  conda: NonNullable<SpecDraft["conda"]>,
  text: string,
  origin: LineOrigin,
  keepAzureml: boolean,
): void {
  const match = /^(?:[\w.\-/:]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)$/.exec(text.trim());
  if (match === null) throw refuse(origin, `the dependency "${text}" cannot be read`);
  const name = (match[1] ?? "").toLowerCase();
  const version = unwrapVersion(match[2] ?? "");
  if (name === "python") {
    conda.dependencies.push(text);
    if (/^=*\s*\*?$/.test(version)) return;
    draft.python = parseVersionCondition(version);
    if (draft.python === null) throw refuse(origin, `the Python version in "${text}" cannot be read`);
    return;
  }
  const answer = translateCondaName(name);
  const isAzureml = !keepAzureml && isSkippedAzureml(normalizeName(name));
  if (name !== "pip" && !isAzureml) conda.dependencies.push(text);
  if (name === "pip") {
    // Named in nearly every conda file; not worth a notice.
  } else if (answer.kind === "carried") {
    draft.notices.push(`"${text}" is left out: the packages of PyPI bring what they need of it`);
  } else if (answer.kind === "absent") {
    draft.condaOnly.push(text);
  } else if (isAzureml) {
    draft.notices.push(`"${text}" is left out: only Azure's own service needs it`);
  } else {
    draft.requirements.push(answer.name + translateVersion(version, text, origin));
  }
}

/** `[version='>=1.2',channel=x]` and a build text in brackets, reduced to the version. */
function unwrapVersion(text: string): string {
  const bracket = /^(.*?)\s*\[(.*)\]$/.exec(text);
  if (bracket === null) return text.trim();
  const inside = /version\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,'"]+))/.exec(bracket[2] ?? "");
  return (inside?.[1] ?? inside?.[2] ?? inside?.[3] ?? bracket[1] ?? "").trim();
}

/**
 * Conda's version text as pip reads it: `=1.21` → `==1.21.*`, `==1.21` and ` 1.21` → `==1.21`, `=1.21.2=py38_0` → `==1.21.2` (the build is
 * conda's own), `>=1.2,<2` as it is.
 */
export function translateVersion(version: string, whole: string, origin: LineOrigin): string {
  if (/^=*\s*\*?$/.test(version)) return "";
  if (version.includes("|")) throw refuse(origin, `"${whole}" names alternatives ("|"), which pip cannot express`);
  const parts = version.split(",").map((part) => {
    const match = /^\s*(===?|=|!=|>=|<=|>|<|~=)?\s*([\w.+!]+?)(\.?\*)?(=[\w.*]+)?\s*$/.exec(part);
    if (match === null) throw refuse(origin, `the version in "${whole}" cannot be read`);
    const [, operator, number = "", star, build] = match;
    const isPrefix = star !== undefined || (operator === "=" && build === undefined);
    if (operator === undefined || operator === "=" || operator === "==") return `==${number}${isPrefix ? ".*" : ""}`;
    if (operator === "!=") return `!=${number}${star === undefined ? "" : ".*"}`;
    return `${operator}${number}`;
  });
  return parts.join(",");
}

function refuse(origin: LineOrigin, what: string): BatchwiseError {
  return new BatchwiseError("environment_file_invalid", `${origin.file}: ${what}`, {
    hint: "a conda file has a list `dependencies` with entries such as python=3.11, numpy>=1.26, and one entry `pip:` with a list",
  });
}

function describeKind(value: unknown): string {
  if (value === null) return "empty";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a map" : `a ${typeof value}`;
}
