/**
 * Writes docs/reliability.md from the catalogue of faults (test/chaos/catalogue.ts) and the last results (test/chaos/last-results.json).
 *
 *     node scripts/reliability.ts             writes the page
 *     node scripts/reliability.ts --check     fails when a row names no test and gives no reason, names a test that is not there, or the page is stale
 *     node scripts/reliability.ts --run       runs every test that the catalogue names and keeps the results, then writes the page
 *
 * The results of long runs are kept by `npm run chaos -- --record`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CatalogueRow, catalogue } from "../test/chaos/catalogue.ts";
import { readLastResults } from "../test/chaos/last-results.ts";
import { runCatalogueTests } from "./run-catalogue-tests.ts";

const root = dirname(import.meta.dirname);
const page = join(root, "docs", "reliability.md");
const rows = 77;

const sections: readonly (readonly [number, string])[] = [
  [1, "Processes"],
  [25, "Worker protocol and return values"],
  [45, "Inputs and outputs"],
  [60, "State, disk, clock, limits"],
];

const howItIsTested = [
  "- **Kills**: drivers, guardians and workers of six kinds of jobs are killed at random moments, also while they recover. After each job: output and failed items",
  "  equal to an undisturbed run, listed = scored + failed + skipped, the ledger sound, no process, temporary file or lock left.",
  "- **System calls**: the driver's k-th `write`, `pwrite64`, `fsync`, `fdatasync`, `rename`, `openat`, `ftruncate`, `unlink`, `mkdir` fails once, or for ever, or kills it,",
  "  for k = 1, 2, 3 …; one resumed driver in three is killed too.",
  "- **Power cuts**: writes and syncs of a whole job are recorded; the states that a cut may leave (unsynced writes gone, torn, or in another order) are rebuilt and resumed.",
  "- **Damage**: every byte of rows file, ledger and its log is changed in three ways.",
  "- **Protocol**: workers that send halves, garbage, lengths of 2³¹, results twice, late, or of other attempts.",
  "- **Accounting**: random inputs, scripts and settings against a model of a few lines; and the commit protocol as a model that is explored whole, with each safeguard left",
  "  out in turn to see that the exploration finds what it is for.",
  "",
  "A failure prints seed and number: `npm run chaos -- --seed S --job N` repeats that job alone.",
];

/** What is wrong with the catalogue, one sentence each. */
export function findGaps(table: readonly CatalogueRow[] = catalogue): string[] {
  const gaps: string[] = [];
  for (let row = 1; row <= rows; row++) {
    const found = table.filter((each) => each.row === row);
    if (found.length !== 1) gaps.push(`row ${row} stands ${found.length} times in the catalogue`);
  }
  for (const { row, tests, reason } of table) {
    if (tests.length === 0 && reason === undefined) gaps.push(`row ${row} names no test and gives no reason`);
    for (const [file, title] of tests) {
      const path = join(root, file);
      if (!existsSync(path)) gaps.push(`row ${row} names a file that is not there: ${file}`);
      else if (
        !readFileSync(path, "utf8").includes(title.replaceAll('"', '\\"')) &&
        !readFileSync(path, "utf8").includes(title)
      )
        gaps.push(`row ${row} names a test that is not in ${file}: ${title}`);
    }
  }
  return gaps;
}

/** The whole text of the page. */
export function renderReliability(): string {
  const { tests, testsAt, chaos } = readLastResults();
  const lines = [
    "# Reliability",
    "",
    "<!-- Made by scripts/reliability.ts from test/chaos/catalogue.ts and test/chaos/last-results.json; `npm run reliability` writes it anew. -->",
    "",
    "What goes wrong in batch jobs, what you get then, and the test that holds it. A mini-batch may run more than once; its rows and files are in the output",
    "exactly once. Every test below is part of `npm test`.",
    "",
    "## How it is tested",
    "",
    ...howItIsTested,
    "",
    "## Long runs",
    "",
    "`npm run chaos` runs for as long as you let it; each line is the last full run of its kind.",
    "",
    "| What | Command | Result | Seed | When |",
    "|---|---|---|---|---|",
    ...chaos.map(({ what, command, result, seed, at }) => `| ${what} | \`${command}\` | ${result} | ${seed} | ${at} |`),
    "",
    `Tests last run by \`npm run reliability -- --run\`: ${testsAt ?? "not yet"}.`,
  ];
  for (const [index, [first, title]] of sections.entries()) {
    const end = sections[index + 1]?.[0] ?? rows + 1;
    lines.push(
      "",
      `## ${title}`,
      "",
      "| # | What goes wrong | What you get | Tests | Last result |",
      "|---|---|---|---|---|",
    );
    for (const row of catalogue.filter((each) => each.row >= first && each.row < end))
      lines.push(renderRow(row, tests));
  }
  return `${lines.join("\n")}\n`;
}

function renderRow(
  { row, fault, promise, tests, reason }: CatalogueRow,
  results: Readonly<Record<string, string>>,
): string {
  const names = tests.map(([file, title]) => `[${escapeCell(title)}](../${file})`);
  if (reason !== undefined) names.push(`_${escapeCell(reason)}_`);
  const found = tests.map(([file, title]) => results[`${file} ${title}`] ?? "not yet run");
  const result = [...new Set(found)].join(", ");
  return `| ${row} | ${escapeCell(fault)} | ${escapeCell(promise)} | ${names.join("<br>")} | ${result} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) {
  const gaps = findGaps();
  if (process.argv.includes("--run") && gaps.length === 0) await runCatalogueTests(root);
  const text = renderReliability();
  if (!process.argv.includes("--check")) writeFileSync(page, text);
  else if (!existsSync(page) || readFileSync(page, "utf8") !== text)
    gaps.push("docs/reliability.md is not what the catalogue says: run `npm run reliability`");
  for (const gap of gaps) console.error(gap);
  process.exitCode = gaps.length === 0 ? 0 : 1;
}
