import type { Command, OptionTable } from "../../src/cli/az/command.ts";
import { commandIndex, groupIndex } from "../../src/cli/az/command-index.ts";
import { globalOptions } from "../../src/cli/az/global-options.ts";
import { listShownOptions } from "../../src/cli/az/help.ts";
import { parseCommandLine } from "../../src/cli/parse-command-line.ts";
import { renderPage, renderTable } from "./page.ts";

const source = "src/cli/commands";

/** Commands that run a job in the foreground; they are declared by the settings. */
const foreground = ["score", "resume", "replay"] as const;

/** A page for each group of commands and each single one, and one that lists them all. */
export async function renderCommandPages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  const rows: string[][] = [];
  const add = (name: string, summary: string, lines: readonly string[]) => {
    pages.set(`docs/reference/commands/${name}.md`, renderPage(`batchwise ${name}`, source, lines));
    rows.push([`[\`${name}\`](${name}.md)`, summary]);
  };
  for (const name of foreground) {
    const help = parseCommandLine(["help", name]);
    const lines = help.command === "help" ? help.text.trimEnd().split("\n") : [];
    const what = "The same settings in a table, with their keys in files: [Settings](../settings.md).";
    add(name, lines[2] ?? "", [what, "", "```text", ...lines.map((line) => line.trimEnd()), "```"]);
  }
  for (const [name, { load, summary }] of Object.entries(groupIndex)) {
    const { commands } = await load();
    const parts = Object.entries(commands).map(([verb, command]) => renderVerb(`${name} ${verb}`, command));
    add(name, summary, [capitalize(summary), "", ...parts.flat()]);
  }
  for (const [name, { load, summary }] of Object.entries(commandIndex)) {
    add(name, summary, renderVerb(name, await load()).slice(2));
  }
  const lines = [
    "Every command, with its options. Those in groups take the options of `az ml` and more; any unambiguous prefix of a long option will do.",
    "",
    ...renderTable(["Command", "What it is for"], rows),
    "",
    "## What every command in groups takes",
    "",
    ...renderOptions(globalOptions),
  ];
  return pages.set("docs/reference/commands/README.md", renderPage("Commands", source, lines));
}

function renderVerb(name: string, command: Command): string[] {
  const { operands } = command;
  const lines = [`## ${name}`, "", capitalize(command.summary), ""];
  if (command.description !== undefined) lines.push(command.description, "");
  const words = operands === undefined ? "" : operands.min === 0 ? ` [${operands.name}]` : ` ${operands.name}`;
  lines.push("```", `batchwise ${name}${words} [options]`, "```", "");
  if (operands !== undefined) lines.push(`\`${operands.name}\`: ${operands.help}`, "");
  if (listShownOptions(command.options).length > 0) lines.push(...renderOptions(command.options), "");
  if (command.examples.length > 0) lines.push("```sh", ...command.examples, "```", "");
  return lines;
}

function renderOptions(options: OptionTable): string[] {
  const rows = listShownOptions(options).map(({ names, required, help, placeholder, choices, takes }) => {
    const value = placeholder === undefined || takes === "switch" ? "" : ` ${placeholder}`;
    const shown = names.map((each) => `\`${each}${value}\``).join(", ");
    const allowed = choices === undefined ? "" : ` Allowed: ${choices.map((each) => `\`${each}\``).join(", ")}.`;
    return [`${shown}${required ? " (required)" : ""}`, help + allowed];
  });
  return renderTable(["Option", "Meaning"], rows);
}

function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
