import { docsPageOf } from "../../src/check/finding.ts";
import { renderRule } from "../../src/check/format-findings.ts";
import { rules } from "../../src/check/rules.ts";
import { renderPage, renderTable } from "./page.ts";

/** A page for each rule of `batchwise check`, and one that lists them. */
export function renderRulePages(): Map<string, string> {
  const pages = new Map(
    rules.map((rule) => [docsPageOf(rule.id), renderPage(rule.id, "src/check/rules", [renderRule(rule).trimEnd()])]),
  );
  const rows = rules.map(({ id, level, title }) => [`[\`${id}\`](${id}.md)`, level, title]);
  const list = renderPage("Rules of batchwise check", "src/check/rules", [
    "`batchwise check SCRIPT_OR_YAML` reads scripts, YAML files, models and environments without running anything. An error ends it with 1, a warning only with `--strict`.",
    "`batchwise check --explain RULE` shows a rule's page in the terminal.",
    "",
    ...renderTable(["Rule", "Level", "What it finds"], rows),
  ]);
  return pages.set("docs/reference/check-rules/README.md", list);
}
