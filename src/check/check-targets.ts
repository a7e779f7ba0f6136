import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import type { CheckOptions } from "./check-options.ts";
import { checkScript, nameOfModel } from "./check-script.ts";
import { checkYaml } from "./check-yaml.ts";
import type { Finding } from "./finding.ts";
import { checkEnvironmentFile } from "./read-environment.ts";

export interface CheckReport {
  /** Files that were read, absolute. */
  readonly files: readonly string[];
  /** Sorted by file and place; none twice. */
  readonly findings: readonly Finding[];
}

/**
 * Checks scripts, YAML files, requirements files, and folders with YAML files. Nothing of the user's is run.
 * Throws `file_unreadable` for what is not there, and what finding a Python throws.
 */
export async function checkTargets(targets: readonly string[], options: CheckOptions): Promise<CheckReport> {
  const files = targets.flatMap((target) => expandTarget(resolve(target)));
  const findings: Finding[] = [];
  for (const file of files) findings.push(...(await checkFile(file, options)));
  return { files, findings: sortFindings(findings) };
}

/** A folder stands for its YAML files, and for its scripts when it has none. */
function expandTarget(target: string): string[] {
  if (!existsSync(target)) {
    throw new BatchwiseError("file_unreadable", `looked for ${target} to check it, and there is nothing`, {
      hint: "give a scoring script, a YAML file, or a folder with YAML files",
    });
  }
  if (!statSync(target).isDirectory()) return [target];
  const names = readdirSync(target).sort();
  const found = [/\.ya?ml$/i, /\.py$/].map((form) => names.filter((name) => form.test(name)));
  const chosen = found.find((each) => each.length > 0);
  if (chosen !== undefined) return chosen.map((name) => join(target, name));
  throw new BatchwiseError("file_unreadable", `${target} has neither YAML files nor scripts`, {
    hint: "give a scoring script, a YAML file, or a folder with YAML files",
  });
}

async function checkFile(file: string, options: CheckOptions): Promise<readonly Finding[]> {
  const ending = extname(file).toLowerCase();
  if (ending === ".yml" || ending === ".yaml") return (await checkYaml(file, options)).findings;
  if (ending === ".txt") return (await checkEnvironmentFile(file, null)).findings;
  const environment = options.environment === null ? null : await checkEnvironmentFile(options.environment, null);
  const checked = await checkScript({
    script: file,
    codeFolder: dirname(file),
    model: options.model,
    modelName: options.model === null ? null : nameOfModel(options.model),
    environment: environment?.spec ?? null,
    python: options.python,
    home: options.home,
  });
  return [...(environment?.findings ?? []), ...checked.findings];
}

function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique.values()].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column || compareText(a.rule, b.rule),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
