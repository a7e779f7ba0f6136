/**
 * Writes the reference pages that follow from the source: error codes, exit codes, settings, commands, YAML files, rules. They are committed; `--check` (part of
 * `npm run check`) writes nothing and fails when a page is not what it would be.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Setting } from "../src/config/setting.ts";
import { settingNames, settingOf } from "../src/config/settings.ts";
import { errorRegistry, exitCodes } from "../src/errors.ts";
import { renderCommandPages } from "./docs/command-pages.ts";
import { renderPage, renderTable } from "./docs/page.ts";
import { renderRulePages } from "./docs/rule-pages.ts";
import { renderYamlPages } from "./docs/yaml-pages.ts";

const root = dirname(import.meta.dirname);

/** Folders in which every file is made here: one that is not made any more has to go. */
const ownFolders = ["check-rules", "commands", "schemas", "yaml"];

// Commands are loaded when they are used, which takes a promise; loaded here once, the pages can be asked for like values.
const commandPages = await renderCommandPages();

/** What the verbs of `az ml` end with; src/cli/az/show-error.ts decides. */
const verbExitCodes: readonly (readonly string[])[] = [
  ["0", "Done, also when the result is empty."],
  ["1", "Anything else that failed: a file with mistakes, a refused prompt, a job that `job stream` saw fail."],
  ["2", "Wrong use: an option is missing, unknown or ambiguous, a command does not exist, a query cannot be read."],
  ["3", "What was named is not there."],
];

/** What each exit code means; the type holds this table to the registry. */
const exitCodeMeanings: Record<keyof typeof exitCodes, string> = {
  ok: "Every item was scored.",
  failed: "The job failed, or something unforeseen happened. The message says which; a failed job can be resumed.",
  usage: "Wrong use or bad configuration. Nothing was started and nothing was left behind.",
  completedWithFailedItems: "The job completed, and some items failed: `failed-items.jsonl` lists them.",
  interrupted: "You stopped the job. Nothing is lost; the message says how to resume it.",
};

/** Path below the repository and whole text of each generated page. */
export function renderPages(): Map<string, string> {
  return new Map([
    ["docs/reference/errors.md", renderErrors()],
    ["docs/reference/exit-codes.md", renderExitCodes()],
    ["docs/reference/settings.md", renderSettings()],
    ...commandPages,
    ...renderYamlPages(),
    ...renderRulePages(),
  ]);
}

/** Pages whose committed text differs from what the source says, and those that nothing makes any more. */
export function findStalePages(): string[] {
  const pages = renderPages();
  const changed = [...pages]
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text)
    .map(([path]) => path);
  return [...changed, ...findForgottenPages(pages)];
}

function findForgottenPages(pages: ReadonlyMap<string, string>): string[] {
  const present = ownFolders.flatMap((folder) => globSync(`docs/reference/${folder}/*`, { cwd: root }));
  return present.filter((path) => !pages.has(path));
}

function renderErrors(): string {
  return renderPage("Error codes", "src/errors.ts", [
    "Every message that Batchwise ends with carries a code (`code: …` on stderr). A code keeps its meaning; a retired one is not used again.",
    "",
    ...renderTable(
      ["Code", "Exit", "Meaning"],
      Object.entries(errorRegistry).map(([code, { exit, summary }]) => [`\`${code}\``, String(exit), summary]),
    ),
  ]);
}

function renderExitCodes(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return renderPage("Exit codes", "src/errors.ts", [
    "What `batchwise score` and `batchwise resume` end with. [Error codes](errors.md) says which code ends with which.",
    "",
    ...renderTable(
      ["Exit", "Meaning"],
      names.map((name) => [String(exitCodes[name]), exitCodeMeanings[name]]),
    ),
    "",
    "## The verbs of `az ml`",
    "",
    "`batch-endpoint`, `batch-deployment`, `job`, `model`, `data`, `environment`, `compute`, `datastore`, `component` and `workspace` end as `az` does:",
    "",
    ...renderTable(["Exit", "Meaning"], verbExitCodes),
  ]);
}

function renderSettings(): string {
  const lines = [
    "A setting is taken from the first of these that names it: the option, the deployment file (`--file`), the environment variable, the default.",
    "A key of the deployment file may stand at its top or below `settings:`.",
  ];
  const settings = settingNames.map(settingOf);
  for (const group of new Set(settings.map((setting) => setting.group))) {
    lines.push("", `## ${group}`, "");
    lines.push(
      ...renderTable(
        ["Option", "Meaning", "Allowed", "Default", "In the file", "Variable", "On resume"],
        settings.filter((setting) => setting.group === group).map(renderSetting),
      ),
    );
  }
  return renderPage("Settings", "src/config/settings.ts", lines);
}

function renderSetting(setting: Setting<unknown>): string[] {
  const flags = [setting.short, setting.flag, setting.negatable ? setting.flag.replace("--", "--no-") : undefined];
  const placeholder = setting.kind.placeholder === null ? "" : ` ${setting.kind.placeholder}`;
  return [
    flags
      .filter((flag) => flag !== undefined)
      .map((flag) => `\`${flag}${placeholder}\``)
      .join(", "),
    setting.help,
    setting.kind.allowed ?? "",
    setting.defaultText ?? renderDefault(setting),
    setting.fileKey === null ? "" : `\`${setting.fileKey}\``,
    setting.env === undefined ? "" : `\`${setting.env}\``,
    setting.resume ? "may change" : "",
  ];
}

function renderDefault(setting: Setting<unknown>): string {
  const value = setting.default;
  if (value === undefined) return "required";
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  // Durations are kept in milliseconds and given in seconds.
  if (typeof value === "number" && setting.kind.placeholder?.startsWith("SECONDS")) return `\`${value / 1000}\``;
  return `\`${String(value)}\``;
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    const stale = findStalePages();
    for (const path of stale) console.error(`${path} is not what the source says: run \`npm run docs\` and commit it`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    const pages = renderPages();
    for (const path of findForgottenPages(pages)) rmSync(join(root, path));
    for (const [path, text] of pages) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }
}
