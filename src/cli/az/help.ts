import type { Command, CommandGroup, OptionSpec, OptionTable } from "./command.ts";
import { globalOptions } from "./global-options.ts";

/** The text of `batchwise GROUP -h`. */
export function renderGroupHelp(name: string, group: CommandGroup): string {
  const verbs = Object.entries(group.commands);
  const width = Math.max(...verbs.map(([verb]) => verb.length));
  return [
    "",
    "Group",
    `    batchwise ${name} : ${group.summary}`,
    "",
    "Commands:",
    ...verbs.map(([verb, command]) => `    ${verb.padEnd(width)} : ${command.summary}`),
    "",
    `batchwise ${name} COMMAND -h shows the options of a command.`,
    "",
  ].join("\n");
}

/** The text of `batchwise GROUP VERB -h`; `name` is both words. */
export function renderCommandHelp(name: string, command: Command): string {
  const operands = command.operands === undefined ? "" : ` ${command.operands.name}`;
  const lines = ["", "Command", ...wrap(`batchwise ${name}${operands} : ${command.summary}`, 4)];
  if (command.description !== undefined) lines.push(...wrap(command.description, 8));
  if (command.operands !== undefined)
    lines.push("", "Words", ...wrap(`${command.operands.name} : ${command.operands.help}`, 4));
  lines.push("", "Arguments", ...renderOptions(command.options));
  lines.push("", "Global Arguments", ...renderOptions(globalOptions), "", "Examples");
  for (const example of command.examples) lines.push(`    ${example}`);
  return [...lines, ""].join("\n");
}

/** The options that are shown, required ones first, then by name. */
export function listShownOptions(table: OptionTable): OptionSpec<unknown>[] {
  return Object.values(table)
    .filter((option) => option.hidden !== true)
    .sort((a, b) => Number(b.required) - Number(a.required) || (a.names[0] < b.names[0] ? -1 : 1));
}

function renderOptions(table: OptionTable): string[] {
  const options = listShownOptions(table);
  const labels = options.map((option) => option.names.join(" ") + (option.required ? " [Required]" : ""));
  const width = Math.max(0, ...labels.map((label) => label.length));
  return options.flatMap((option, at) => {
    const choices = option.choices === undefined ? "" : `  Allowed values: ${option.choices.join(", ")}.`;
    const [first = "", ...rest] = wrap(option.help + choices, 0, 110 - width - 7);
    return [
      `    ${(labels[at] as string).padEnd(width)} : ${first}`,
      ...rest.map((line) => `    ${" ".repeat(width)}   ${line}`),
    ];
  });
}

function wrap(text: string, indent: number, width = 110 - indent): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > Math.max(width, 30)) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each);
}

/** The groups with their summaries, for `az ml -h`. */
export function renderIndexHelp(index: Readonly<Record<string, { readonly summary: string }>>): string {
  const width = Math.max(...Object.keys(index).map((name) => name.length));
  const lines = Object.entries(index).map(([name, { summary }]) => `    ${name.padEnd(width)} : ${summary}`);
  return ["", "Group", "    az ml : Batchwise, in the words of Azure ML", "", "Subgroups:", ...lines, ""].join("\n");
}
