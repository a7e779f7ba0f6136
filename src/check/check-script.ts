/** Checks a scoring script against the model and the environment that it would have. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describeNearest } from "../config/suggest.ts";
import type { EnvironmentSpec } from "../environment/environment-spec.ts";
import { readPackageName } from "../environment/requirement-lines.ts";
import { chooseTargetPython, type TargetPython } from "./choose-python.ts";
import type { Finding, Level } from "./finding.ts";
import { type ImportedModule, lintScript, type ModelPath, type ScriptReport } from "./lint-script.ts";
import { judgeModule, listPackagesOf } from "./package-names.ts";
import { findRule } from "./rules.ts";

export interface ScriptSubject {
  /** Absolute. */
  readonly script: string;
  readonly codeFolder: string;
  /** Absolute path of the model; null when it is not known. */
  readonly model: string | null;
  /** Name under which the model lies in AZUREML_MODEL_DIR. */
  readonly modelName: string | null;
  readonly environment: EnvironmentSpec | null;
  /** Interpreter that was named. */
  readonly python: string | null;
  readonly home: string;
  /** Rules that the deployment's settings switch off. */
  readonly without?: readonly string[];
}

export interface CheckedScript {
  readonly findings: readonly Finding[];
  readonly report: ScriptReport;
  readonly python: TargetPython;
}

/** Modules that a job finds without any package: the stand-ins for Azure's SDK. */
const provided = new Set(["azureml", "azureml_user"]);

/** Throws what finding a Python throws. */
export async function checkScript(subject: ScriptSubject): Promise<CheckedScript> {
  const python = await chooseTargetPython(subject.python, subject.environment, subject.home);
  const report = await lintScript(subject.script, subject.codeFolder, python);
  const findings = report.findings
    .filter(({ rule }) => !(subject.without ?? []).includes(rule))
    .map(({ rule, file, line, column, message, path }) =>
      makeFinding(rule, file, { line, column }, message + describeBeside(rule, path, subject)),
    );
  return {
    findings: [
      ...findings,
      ...checkModelPaths(report.modelPaths, subject),
      ...report.imports.flatMap((module) => checkImport(module, subject, python)),
    ],
    report,
    python,
  };
}

/** A finding of a rule; the rule's level holds unless another one is given. */
export function makeFinding(
  rule: string,
  file: string,
  { line, column }: { readonly line: number; readonly column: number },
  message: string,
  level?: Level,
): Finding {
  return { rule, level: level ?? findRule(rule)?.level ?? "error", file, line, column, message };
}

function describeBeside(rule: string, path: string | undefined, subject: ScriptSubject): string {
  if (rule !== "relative-path" || path === undefined) return "";
  const beside = [dirname(subject.script), subject.codeFolder].find((folder) => existsSync(join(folder, path)));
  return beside === undefined ? "" : `; it lies beside the script: Path(__file__).parent / ${JSON.stringify(path)}`;
}

function checkModelPaths(paths: readonly ModelPath[], subject: ScriptSubject): Finding[] {
  const { model, modelName, script } = subject;
  if (model === null || modelName === null || !existsSync(model)) return [];
  return paths.flatMap(({ parts, line, column }) => {
    const missing = describeMissing(parts, model, modelName);
    return missing === null ? [] : [makeFinding("model-path-missing", script, { line, column }, missing)];
  });
}

/** Why there is nothing at a path below AZUREML_MODEL_DIR; null when there is. */
function describeMissing(parts: readonly string[], model: string, modelName: string): string | null {
  const shown = `$AZUREML_MODEL_DIR/${parts.join("/")}`;
  if (parts[0] !== modelName) {
    const inside = existsSync(join(model, ...parts))
      ? `; it is at $AZUREML_MODEL_DIR/${[modelName, ...parts].join("/")}`
      : "";
    return `${shown} is not there: AZUREML_MODEL_DIR holds ${JSON.stringify(modelName)}${inside}`;
  }
  let folder = model;
  for (const [at, part] of parts.slice(1).entries()) {
    const next = join(folder, part);
    if (existsSync(next)) {
      folder = next;
      continue;
    }
    const where = `$AZUREML_MODEL_DIR/${parts.slice(0, at + 1).join("/")}`;
    const names = statSync(folder).isDirectory() ? readdirSync(folder) : [];
    const rest = names.length === 0 ? "has nothing in it" : `: ${describeNearest(part, names.slice(0, 20))}`;
    return `${shown} is not there; ${where} ${names.length === 0 ? rest : `has no ${JSON.stringify(part)}${rest}`}`;
  }
  return null;
}

function checkImport(module: ImportedModule, subject: ScriptSubject, python: TargetPython): Finding[] {
  const name = module.module.split(".")[0] as string;
  if (provided.has(name) || module.installed === true) return [];
  const [wanted] = listPackagesOf(module.module);
  const place = { line: module.line, column: module.column };
  const found = (message: string, level: Level) => [makeFinding("import-missing", module.file, place, message, level)];
  if (module.installed === false) {
    if (subject.environment === null && subject.python === null) {
      const text = `${name} is not installed in the Python that a job would use now (${python.executable}); name the job's own with --environment or --python`;
      return found(text, "warning");
    }
    return found(`${name} is not installed in ${python.executable}; the package is ${wanted}`, "error");
  }
  const { requirements } = subject.environment ?? { requirements: [] };
  const packages = requirements.filter((line) => !line.startsWith("-")).map(readPackageName);
  const verdict = judgeModule(module.module, new Set(packages.filter((each) => each !== null)));
  if (verdict === "present") return [];
  // Packages by URL or path, and lines that are options, may bring anything.
  const isSure = verdict === "absent" && !packages.includes(null);
  return isSure
    ? found(`the environment has nothing that brings ${name}; the package is ${wanted}`, "error")
    : found(
        `${name} is not among the environment's packages (${wanted}), unless one of them brings it along`,
        "warning",
      );
}

/** The name of a model below AZUREML_MODEL_DIR when it is taken from a path. */
export function nameOfModel(path: string): string {
  return basename(path);
}
