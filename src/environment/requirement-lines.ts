import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { isSkippedAzureml } from "./azureml-packages.ts";
import type { SpecDraft } from "./environment-spec.ts";

/** Where a line was read from, for messages. */
export interface LineOrigin {
  readonly file: string;
  /** Files that include each other, from the first to this one. */
  readonly chain: readonly string[];
}

/** The package that a requirement names, as PyPI compares names: `Scikit_Learn[x]>=1` is "scikit-learn". Null for a URL or path. */
export function readPackageName(requirement: string): string | null {
  const match = /^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*($|[<>=!~;@ ])/.exec(requirement);
  return match === null ? null : normalizeName(match[1] ?? "");
}

/** PyPI's rule for comparing names (PEP 503). */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * Takes lines of a requirements file into the draft: files named by `-r` and `-c` are read in place, relative paths become absolute, local
 * packages count with their content, `pip` and packages of Azure's SDK are left out.
 */
export function addRequirementLines(draft: SpecDraft, text: string, origin: LineOrigin, keepAzureml: boolean): void {
  // A backslash at the end of a line joins it with the next one; ` #` begins a comment.
  const lines = text.replace(/\\\r?\n/g, " ").split(/\r?\n/);
  for (const raw of lines) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line !== "") addLine(draft, line, origin, keepAzureml);
  }
}

function addLine(draft: SpecDraft, line: string, origin: LineOrigin, keepAzureml: boolean): void {
  const folder = dirname(origin.file);
  const include = /^(?:-r|--requirement)[\s=]*(\S.*)$/.exec(line);
  if (include !== null) {
    const included = openIncluded(resolve(folder, unquote(include[1] ?? "")), origin);
    addRequirementLines(draft, included.text, included.origin, keepAzureml);
    return;
  }
  const constraint = /^(?:-c|--constraint)[\s=]*(\S.*)$/.exec(line);
  if (constraint !== null) {
    const { text } = openIncluded(resolve(folder, unquote(constraint[1] ?? "")), origin);
    draft.constraints.push(...text.split(/\r?\n/).map((part) => part.replace(/(^|\s)#.*$/, "").trim()));
    return;
  }
  const editable = /^(?:-e|--editable)[\s=]*(\S.*)$/.exec(line);
  if (editable !== null) throw refuseFolder(unquote(editable[1] ?? ""), origin);
  const links = /^(?:-f|--find-links)[\s=]*(\S.*)$/.exec(line);
  if (links !== null && !/^[a-z]+:\/\//i.test(links[1] ?? "")) {
    draft.requirements.push(`--find-links ${resolve(folder, unquote(links[1] ?? ""))}`);
    return;
  }
  if (line.startsWith("-")) {
    draft.requirements.push(line);
    return;
  }
  addPackage(draft, line, origin, keepAzureml);
}

function addPackage(draft: SpecDraft, line: string, origin: LineOrigin, keepAzureml: boolean): void {
  const name = readPackageName(line);
  if (name === "pip") {
    draft.notices.push(`"${line}" is not installed: the environment is built with a pip or uv of its own`);
  } else if (name !== null && !keepAzureml && isSkippedAzureml(name)) {
    draft.notices.push(`"${line}" is left out: only Azure's own service needs it`);
  } else if (name === null && /^(\.{0,2}\/|[^\s:@]+\.(whl|zip|tar\.gz))/.test(line)) {
    draft.requirements.push(addLocalFile(draft, line, origin));
  } else {
    draft.requirements.push(line);
  }
}

/** A wheel or source archive beside the file: its path made absolute, its content noted. */
function addLocalFile(draft: SpecDraft, line: string, origin: LineOrigin): string {
  const path = line.split(/\s*;\s|(?=\[)/)[0] ?? line;
  const absolute = resolve(dirname(origin.file), path);
  if (!existsSync(absolute)) {
    const text = `${origin.file} asks for the local package "${path}", and there is no file ${absolute}`;
    throw new BatchwiseError("environment_file_invalid", text, {
      hint: "paths in an environment file are relative to that file",
    });
  }
  if (statSync(absolute).isDirectory()) throw refuseFolder(path, origin);
  draft.localFiles.push(createHash("sha256").update(readFileSync(absolute)).digest("hex"));
  return absolute + line.slice(path.length);
}

function refuseFolder(path: string, origin: LineOrigin): BatchwiseError {
  const text = `${origin.file} asks for the package in the folder "${path}"; an environment is cached by the content of its files, and a folder has no fixed content`;
  return new BatchwiseError("environment_file_invalid", text, {
    hint: "build a wheel and name that file, put the code beside the scoring script, or prepare an environment yourself and name it with --python PATH",
  });
}

function openIncluded(file: string, origin: LineOrigin): { text: string; origin: LineOrigin } {
  if (origin.chain.includes(file)) {
    const text = `${origin.file} includes ${file}, which includes it again`;
    throw new BatchwiseError("environment_file_invalid", text, { hint: "remove one of the two -r lines" });
  }
  try {
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    return { text, origin: { file, chain: [...origin.chain, file] } };
  } catch (cause) {
    throw new BatchwiseError("environment_file_invalid", `${origin.file} includes ${file}, which cannot be read`, {
      hint: "paths in an environment file are relative to that file",
      cause,
    });
  }
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}
