/** Checks what a deployment file names: its model, script and environment, and how its settings go with them. */

import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type InlineEnvironment, type InlineModel, parseEnvironmentFile } from "../config/files/asset-files.ts";
import type { SourceContent } from "../config/files/source.ts";
import { findMlmodelFile } from "../config/mlflow-model.ts";
import { BatchwiseError } from "../errors.ts";
import type { CheckOptions } from "./check-options.ts";
import { checkScript, makeFinding } from "./check-script.ts";
import type { Finding } from "./finding.ts";
import type { ScriptReport } from "./lint-script.ts";
import { checkMlmodel, checkPath, isLocalPath } from "./named-paths.ts";
import { checkPythonVersion } from "./python-version-rule.ts";
import { type CheckedEnvironment, checkEnvironmentFile, checkInlineEnvironment } from "./read-environment.ts";
import { findKeyPlace, findSetting } from "./yaml-place.ts";

const noEnvironment: CheckedEnvironment = { spec: null, python: null, findings: [] };

/** `value` is what the schema read, as far as it could. */
export async function checkDeployment(
  file: string,
  content: SourceContent,
  value: Record<string, unknown>,
  options: CheckOptions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const model = findModel(file, content, value.model, options, findings);
  const environment = await findEnvironment(file, content, value.environment, model, options);
  findings.push(...environment.findings);
  const place = { file, ...findKeyPlace(content.root, ["environment", "conda_file"]) };
  findings.push(...(await checkPythonVersion(environment, place, options)));
  const script = findScript(file, content, value.code_configuration, model, findings);
  if (script === null) return findings;
  const onConflict = findSetting(content.root, "on_conflict")?.text.toLowerCase() ?? "fail";
  const checked = await checkScript({
    ...script,
    model: model.path,
    modelName: model.path === null ? null : basename(model.path),
    environment: environment.spec,
    python: options.python ?? environment.python,
    home: options.home,
    // Azure's image may have anything; and files that are joined may well have one name.
    without: onConflict === "fail" ? [] : ["fixed-output-file"],
  });
  findings.push(...checked.findings.filter((finding) => !isUnknownImage(finding, value.environment, environment)));
  findings.push(...checkSettings(file, content, checked.report, script.script));
  return findings;
}

interface FoundModel {
  /** Absolute; null when it is a reference, or not there. */
  readonly path: string | null;
  readonly isMlflow: boolean;
  readonly isNamed: boolean;
}

function findModel(
  file: string,
  content: SourceContent,
  written: unknown,
  options: CheckOptions,
  findings: Finding[],
): FoundModel {
  if (options.model !== null) {
    return { path: options.model, isMlflow: findMlmodelFile(options.model) !== null, isNamed: true };
  }
  if (typeof written === "string") {
    const path = options.resolveModel(written);
    return { path, isMlflow: path !== null && findMlmodelFile(path) !== null, isNamed: true };
  }
  const model = written as InlineModel | null | undefined;
  if (model == null) return { path: null, isMlflow: false, isNamed: false };
  const missing = checkPath(file, content, ["model", "path"], model.path);
  findings.push(...missing, ...checkMlmodel(file, content, ["model", "path"], model.path, model.type));
  const path = isLocalPath(model.path) && missing.length === 0 ? resolve(content.baseDir, model.path) : null;
  const isMlflow = model.type === "mlflow_model" || (path !== null && findMlmodelFile(path) !== null);
  return { path, isMlflow, isNamed: model.path !== null };
}

async function findEnvironment(
  file: string,
  content: SourceContent,
  written: unknown,
  model: FoundModel,
  options: CheckOptions,
): Promise<CheckedEnvironment> {
  if (options.environment !== null) return checkEnvironmentFile(options.environment, null);
  const place = { file, ...findKeyPlace(content.root, ["environment", "conda_file"]) };
  if (typeof written === "string") {
    const other = /^file:(?!\/\/)(.+)$/.exec(written)?.[1];
    if (other === undefined) return checkRegistered(written, place, options);
    const missing = checkPath(file, content, ["environment"], other);
    if (missing.length > 0) return { ...noEnvironment, findings: missing };
    return checkIncluded(resolve(content.baseDir, other), place);
  }
  const environment = written as InlineEnvironment | null | undefined;
  if (environment == null) return checkModelEnvironment(model, place);
  const missing = checkPath(file, content, ["environment", "conda_file"], environment.conda_file);
  if (missing.length > 0) return { ...noEnvironment, findings: missing };
  return checkInlineEnvironment(environment, content.baseDir, place);
}

/** An MLflow model brings its environment along. */
async function checkModelEnvironment(
  { path, isMlflow }: FoundModel,
  place: { readonly file: string; readonly line: number; readonly column: number },
): Promise<CheckedEnvironment> {
  const marker = path === null || !isMlflow ? null : findMlmodelFile(path);
  return marker === null ? noEnvironment : checkEnvironmentFile(marker, place);
}

/** `environment: azureml:name:version`; nothing is known of it when it is not registered here. */
async function checkRegistered(
  reference: string,
  place: { readonly file: string; readonly line: number; readonly column: number },
  options: CheckOptions,
): Promise<CheckedEnvironment> {
  const found = options.resolveEnvironment(reference);
  if (found === null || found.file === null) return { ...noEnvironment, python: found?.python ?? null };
  return checkEnvironmentFile(found.file, place);
}

/** `environment: file:environment.yml` */
async function checkIncluded(
  path: string,
  place: { readonly file: string; readonly line: number; readonly column: number },
): Promise<CheckedEnvironment> {
  try {
    const included = parseEnvironmentFile({ path }, []);
    return await checkInlineEnvironment(included.value as InlineEnvironment, included.baseDir, place);
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    const message =
      error.message
        .trimEnd()
        .split("\n")
        .findLast((line) => line !== "") ?? error.message;
    return { ...noEnvironment, findings: [makeFinding("environment-invalid", place.file, place, message)] };
  }
}

interface FoundScript {
  readonly script: string;
  readonly codeFolder: string;
}

function findScript(
  file: string,
  content: SourceContent,
  written: unknown,
  model: FoundModel,
  findings: Finding[],
): FoundScript | null {
  const code = written as { code: string | null; scoring_script: string | null } | null | undefined;
  if (code?.scoring_script == null) {
    // A model that is only referred to may be one of MLflow.
    const mayBeMlflow = model.isMlflow || (model.isNamed && model.path === null);
    if (code == null && !mayBeMlflow) {
      const message = "there is no code_configuration, and the model is none of MLflow";
      findings.push(makeFinding("no-script", file, findKeyPlace(content.root, []), message));
    }
    return null;
  }
  if (code.code !== null && !isLocalPath(code.code)) return null;
  const missing = checkPath(file, content, ["code_configuration", "code"], code.code);
  if (missing.length > 0) {
    findings.push(...missing);
    return null;
  }
  const codeFolder = resolve(content.baseDir, code.code ?? ".");
  const key = ["code_configuration", "scoring_script"];
  const absent = checkPath(file, content, key, code.scoring_script, codeFolder);
  const script = resolve(codeFolder, code.scoring_script);
  findings.push(...absent);
  return absent.length > 0 || !existsSync(script) || !statSync(script).isFile() ? null : { script, codeFolder };
}

/** Modules cannot be judged when the environment is a registered one, or an image of which nothing is known. */
function isUnknownImage(finding: Finding, written: unknown, environment: CheckedEnvironment): boolean {
  const isNamed = written !== null && written !== undefined;
  return finding.rule === "import-missing" && isNamed && environment.spec === null && environment.python === null;
}

function checkSettings(file: string, content: SourceContent, report: ScriptReport, script: string): Finding[] {
  const findings: Finding[] = [];
  const action = findSetting(content.root, "output_action");
  if (action?.text.toLowerCase() === "summary_only" && !report.usesOutputFolder) {
    const message = `with summary_only the script writes the output, and ${basename(script)} never uses AZUREML_BI_OUTPUT_PATH`;
    findings.push(makeFinding("nothing-written", file, findKeyPlace(content.root, action.path), message));
  }
  const size = findSetting(content.root, "mini_batch_size");
  const cost = report.costs[0];
  if (size !== null && Number(size.text) === 1 && cost !== undefined) {
    const message = `each file is a mini-batch of its own, and run() ${cost.what} for each (${basename(script)}:${cost.line})`;
    findings.push(makeFinding("one-file-per-call", file, findKeyPlace(content.root, size.path), message));
  }
  return findings;
}
