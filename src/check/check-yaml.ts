/** Checks a YAML file: its keys and values by its schema, then what it names. */

import type { InlineEnvironment } from "../config/files/asset-files.ts";
import type { FileProblem } from "../config/files/field.ts";
import { validateContent } from "../config/files/parse-file.ts";
import { readSource, type SourceContent } from "../config/files/source.ts";
import { BatchwiseError } from "../errors.ts";
import { checkDeployment } from "./check-deployment.ts";
import type { CheckOptions } from "./check-options.ts";
import { makeFinding } from "./check-script.ts";
import { type FileKind, fileSchemas, findFileKind } from "./file-kind.ts";
import type { Finding } from "./finding.ts";
import { checkMlmodel, checkPath } from "./named-paths.ts";
import { checkPythonVersion } from "./python-version-rule.ts";
import { checkEnvironmentFile, checkInlineEnvironment } from "./read-environment.ts";
import { findKeyPlace } from "./yaml-place.ts";

export interface CheckedYaml {
  readonly kind: FileKind;
  readonly findings: readonly Finding[];
}

/** Checks one YAML file. */
export async function checkYaml(file: string, options: CheckOptions): Promise<CheckedYaml> {
  let content: SourceContent;
  try {
    content = readSource({ path: file }, []);
  } catch (error) {
    return { kind: "other", findings: [describeSyntax(error, file)] };
  }
  const { root } = content;
  if (root.kind !== "map") return { kind: "other", findings: [] };
  const kind = findFileKind(root);
  if (kind === "conda") return { kind, findings: await checkCondaFile(file, options) };
  const schema = fileSchemas[kind];
  if (schema === undefined) return { kind, findings: [] };
  const isPipeline = kind === "deployment" && (root.entries.has("component") || root.entries.has("job_definition"));
  if (isPipeline) return { kind: "other", findings: [] };
  const { value, problems } = validateContent(content, schema);
  const findings = problems.map((problem) => describeProblem(problem, file));
  const read = (value ?? {}) as Record<string, unknown>;
  if (kind === "deployment") findings.push(...(await checkDeployment(file, content, read, options)));
  if (kind === "model") findings.push(...checkModel(file, content, read));
  if (kind === "data") findings.push(...checkPath(file, content, ["path"], read.path));
  if (kind === "environment") {
    const place = { file, ...findKeyPlace(root, ["conda_file"]) };
    const environment = await checkInlineEnvironment(read as unknown as InlineEnvironment, content.baseDir, place);
    findings.push(...checkPath(file, content, ["conda_file"], read.conda_file));
    findings.push(...environment.findings, ...(await checkPythonVersion(environment, place, options)));
  }
  return { kind, findings };
}

async function checkCondaFile(file: string, options: CheckOptions): Promise<Finding[]> {
  const environment = await checkEnvironmentFile(file, null);
  const place = { file, line: 1, column: 1 };
  return [...environment.findings, ...(await checkPythonVersion(environment, place, options))];
}

function describeSyntax(error: unknown, file: string): Finding {
  if (!(error instanceof BatchwiseError) || error.code === "file_unreadable") throw error;
  const inside = /:(\d+):(\d+): (.*)$/s.exec(error.message);
  const at = { line: Number(inside?.[1] ?? 1), column: Number(inside?.[2] ?? 1) };
  return makeFinding("yaml-syntax", file, at, inside?.[3] ?? error.message);
}

function describeProblem({ path, message, at, hint }: FileProblem, file: string): Finding {
  const rule = /^Unknown field/.test(message)
    ? "unknown-key"
    : /^Missing data/.test(message)
      ? "missing-key"
      : "invalid-value";
  const key = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const place = { line: Math.max(1, at.line), column: Math.max(1, at.column) };
  return makeFinding(rule, file, place, `${key.slice(1)}: ${message}${hint === null ? "" : ` (${hint})`}`);
}

function checkModel(file: string, content: SourceContent, value: Record<string, unknown>): Finding[] {
  const missing = checkPath(file, content, ["path"], value.path);
  return missing.length > 0 ? missing : checkMlmodel(file, content, ["path"], value.path, value.type);
}
