/** How findings are shown: for people, for programs, and as annotations of GitHub's workflows. */

import { relative } from "node:path";
import type { CheckReport } from "./check-targets.ts";
import { docsPageOf, type Finding, type Rule } from "./finding.ts";
import { findRule } from "./rules.ts";

/** What colours a terminal can show; the identity elsewhere. */
export interface FindingStyle {
  red(text: string): string;
  yellow(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function countLevels(findings: readonly Finding[]): { readonly errors: number; readonly warnings: number } {
  const errors = findings.filter(({ level }) => level === "error").length;
  return { errors, warnings: findings.length - errors };
}

/** Each finding with why and fix, then a line that counts. */
export function formatText({ files, findings }: CheckReport, cwd: string, style: FindingStyle): string {
  const explained = new Set<string>();
  const blocks = findings.map((finding) => {
    const { rule, level, message } = finding;
    const paint = level === "error" ? style.red : style.yellow;
    const head = `${style.bold(placeOf(finding, cwd))}: ${paint(level)} ${message} [${rule}]`;
    const spec = findRule(rule);
    // Why and how are said once for each rule.
    if (spec === null || explained.has(rule)) return `${head}\n`;
    explained.add(rule);
    return `${head}\n${style.dim(`    why: ${spec.why}\n    fix: ${spec.fix}`)}\n    more: batchwise check --explain ${rule}\n`;
  });
  const { errors, warnings } = countLevels(findings);
  const sum = findings.length === 0 ? "nothing found" : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${blocks.join("\n")}${blocks.length > 0 ? "\n" : ""}${count(files.length, "file")} checked: ${sum}\n`;
}

/** One workflow command for each finding. */
export function formatGithub({ findings }: CheckReport, cwd: string): string {
  return findings
    .map(({ rule, level, file, line, column, message }) => {
      const properties = { file: relative(cwd, file), line, col: column, title: `batchwise ${rule}` };
      const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
      const fix = findRule(rule)?.fix ?? "";
      return `::${level} ${list.join(",")}::${escapeData(`${message}\nFix: ${fix}\nSee ${docsPageOf(rule)}`)}\n`;
    })
    .join("");
}

/** An object for programs. */
export function describeReport({ files, findings }: CheckReport): Record<string, unknown> {
  return {
    files,
    findings: findings.map((finding) => {
      const rule = findRule(finding.rule);
      return { ...finding, why: rule?.why ?? null, fix: rule?.fix ?? null, docs: docsPageOf(finding.rule) };
    }),
    ...countLevels(findings),
  };
}

/** A rule's page: for the reference, and for `--explain`. */
export function renderRule(rule: Rule): string {
  const parts = [
    `${rule.title} (${rule.level})`,
    "",
    "## Why it matters",
    "",
    rule.why,
    "",
    "## What to do",
    "",
    rule.fix,
    "",
    "## What is found",
    "",
    ...renderExample(rule.bad),
    "## What is right",
    "",
    ...renderExample(rule.good),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function renderExample({ files, words }: Rule["bad"]): string[] {
  const shown = Object.entries(files).flatMap(([name, text]) => {
    const language = name.endsWith(".py") ? "python" : /\.ya?ml$/.test(name) ? "yaml" : "text";
    return [`\`${name}\``, "", `\`\`\`${language}`, text.trimEnd(), "```", ""];
  });
  return ["```", `batchwise check ${words.join(" ")}`, "```", "", ...shown];
}

function placeOf({ file, line, column }: Finding, cwd: string): string {
  const near = relative(cwd, file);
  return `${near.startsWith("..") ? file : near}:${line}:${column}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
