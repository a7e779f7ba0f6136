import { Command, CommanderError, Option } from "commander";
import type { Setting } from "../config/setting.ts";
import type { SettingLayer, WrittenValue } from "../config/setting-layer.ts";
import { type SettingName, settingNames, settingOf } from "../config/settings.ts";
import { describeNearest } from "../config/suggest.ts";
import { BatchwiseError } from "../errors.ts";
import { commandSummaries, groupSummaries } from "./az/command-summaries.ts";
import { expandOptions, type KnownOption } from "./expand-options.ts";

/** A command line, read but not yet checked against files. */
export type ParsedCommandLine =
  | { readonly command: "help"; readonly text: string; readonly isError: boolean }
  | { readonly command: "version" }
  | ScoreCommand
  | ResumeCommand
  | ReplayCommand;

export interface ScoreCommand {
  readonly command: "score";
  readonly flags: SettingLayer;
  /** What stands after `--`. */
  readonly scriptArguments: readonly string[];
}

export interface ResumeCommand {
  readonly command: "resume";
  readonly name: string;
  readonly flags: SettingLayer;
  readonly retryFailed: boolean;
}

export interface ReplayCommand {
  readonly command: "replay";
  readonly name: string;
  readonly miniBatch: string;
  readonly flags: SettingLayer;
}

interface CommandSpec {
  readonly summary: string;
  readonly usage: string;
  readonly operands: readonly string[];
  readonly settings: readonly SettingName[];
  readonly switches: Readonly<Record<`--${string}`, string>>;
  readonly examples: readonly string[];
}

const commandSpecs = {
  score: {
    summary: "score files with a scoring script: one job, exactly once, in order",
    usage: "[options] [-- ARGUMENTS FOR THE SCRIPT]",
    operands: [],
    settings: settingNames,
    switches: {},
    examples: [
      "batchwise score --script score.py --model ./model --input ./images",
      "batchwise score -f deployment.yml --input ./images --workers 4 --output-path ./out",
      "batchwise score --script score.py --input 'data/**/*.csv' -m 1 -- --threshold 0.5",
    ],
  },
  resume: {
    summary: "go on with a job that was interrupted or failed",
    usage: "[options] NAME",
    operands: ["NAME"],
    settings: settingNames.filter((name) => settingOf(name).resume),
    switches: { "--retry-failed": "Also try the items again that were given up." },
    examples: [
      "batchwise resume score-20261123-174500-abcd",
      "batchwise resume my-job --retry-failed --timeout 120 --workers 2",
    ],
  },
  replay: {
    summary: "run one mini-batch of a job in the foreground, nothing committed; breakpoint() works",
    usage: "[options] NAME MINI_BATCH",
    operands: ["NAME", "MINI_BATCH"],
    settings: ["home", "script", "codeDir"],
    switches: {},
    examples: [
      "batchwise replay score-20261123-174500-abcd 17",
      "batchwise replay score-20261123-174500-abcd 17 --script score.py   # the script as it is now, not the job's copy",
    ],
  },
} as const satisfies Record<string, CommandSpec>;

type CommandName = keyof typeof commandSpecs;

const commandNames = Object.keys(commandSpecs) as CommandName[];

/** Reads a command line. Throws a BatchwiseError for wrong use. */
export function parseCommandLine(args: readonly string[]): ParsedCommandLine {
  const first = args[0];
  const program = buildProgram();
  if (first === undefined) return { command: "help", text: renderHelp(program), isError: true };
  if (first === "help" || first.startsWith("-")) return parseGlobal(args, program);
  const name = first.toLowerCase();
  if (!isCommandName(name)) {
    throw new BatchwiseError("unknown_command", `there is no command ${JSON.stringify(first)}`, {
      hint: describeNearest(first, [...commandNames, ...Object.keys(groupSummaries), ...Object.keys(commandSummaries)]),
    });
  }
  const command = program.commands.find((each) => each.name() === name) as Command;
  return parseCommand(name, command, args.slice(1));
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandSpecs, name);
}

/** `batchwise --help`, `batchwise help score`, `batchwise --version`. */
function parseGlobal(args: readonly string[], program: Command): ParsedCommandLine {
  const [first, second] = args;
  if (first === "help") {
    const topic = program.commands.find((each) => each.name() === second?.toLowerCase());
    return { command: "help", text: renderHelp(topic ?? program), isError: false };
  }
  const [option] = expandOptions([first as string], [...globalOptions, helpOption]);
  return option === "--version" || option === "-V"
    ? { command: "version" }
    : { command: "help", text: renderHelp(program), isError: false };
}

const helpOption: KnownOption = { names: ["-h", "--help"], takesValue: false };
const globalOptions: readonly KnownOption[] = [{ names: ["-V", "--version"], takesValue: false }];

function parseCommand(name: CommandName, command: Command, args: readonly string[]): ParsedCommandLine {
  const spec: CommandSpec = commandSpecs[name];
  const end = args.indexOf("--");
  const own = expandOptions(end < 0 ? args : args.slice(0, end), listKnownOptions(spec));
  const scriptArguments = end < 0 ? [] : args.slice(end + 1);
  if (own.includes("--help") || own.includes("-h")) {
    return { command: "help", text: renderHelp(command), isError: false };
  }
  parseWithCommander(command, own);
  const operands = command.args;
  refuseWrongOperands(name, spec, operands, scriptArguments);
  const flags = readFlags(command, spec);
  const [first = "", second = ""] = operands;
  if (name === "score") return { command: name, flags, scriptArguments };
  if (name === "resume") return { command: name, name: first, flags, retryFailed: command.opts().retryFailed === true };
  return { command: name, name: first, miniBatch: second, flags };
}

function parseWithCommander(command: Command, args: readonly string[]): void {
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new BatchwiseError("usage", error.message.replace(/^error: /, ""), { cause: error });
  }
}

function refuseWrongOperands(
  name: string,
  spec: CommandSpec,
  operands: readonly string[],
  scriptArguments: readonly string[],
): void {
  const hint = `usage: batchwise ${name} ${spec.usage}`;
  if (operands.length < spec.operands.length) {
    throw new BatchwiseError("usage", `batchwise ${name} needs ${spec.operands.slice(operands.length).join(" and ")}`, {
      hint,
    });
  }
  const extra = operands[spec.operands.length] ?? (name === "score" ? undefined : scriptArguments[0]);
  if (extra === undefined) return;
  const more = name === "score" ? "; arguments for the script stand after --" : "";
  throw new BatchwiseError("usage", `batchwise ${name} does not know what to do with ${JSON.stringify(extra)}`, {
    hint: hint + more,
  });
}

/** The settings that stand on the command line. */
function readFlags(command: Command, spec: CommandSpec): SettingLayer {
  const layer = new Map<SettingName, WrittenValue>();
  for (const name of spec.settings) {
    const setting = settingOf(name);
    const key = new Option(setting.flag).attributeName();
    if (command.getOptionValueSource(key) !== "cli") continue;
    const raw: unknown = command.getOptionValue(key);
    layer.set(name, {
      raw,
      place: { label: raw === false ? `--no-${setting.flag.slice(2)}` : setting.flag, baseDir: process.cwd() },
    });
  }
  return layer;
}

function listKnownOptions(spec: CommandSpec): KnownOption[] {
  const known: KnownOption[] = [helpOption];
  for (const name of spec.settings) {
    const { flag, short, kind, negatable } = settingOf(name);
    known.push({ names: short === undefined ? [flag] : [flag, short], takesValue: kind.placeholder !== null });
    if (negatable) known.push({ names: [`--no-${flag.slice(2)}`], takesValue: false });
  }
  for (const name of Object.keys(spec.switches)) known.push({ names: [name], takesValue: false });
  return known;
}

function buildProgram(): Command {
  const program = new Command("batchwise")
    .description(
      "Runs an Azure ML batch scoring script, unmodified, over files: every input accounted for, no row lost, none twice, in input order.",
    )
    .option("-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", renderIndexes());
  for (const name of commandNames) program.addCommand(buildCommand(name));
  return program;
}

/** The commands that are declared in tables of their own; see az/command-index.ts. */
function renderIndexes(): string {
  const list = (title: string, index: Readonly<Record<string, string>>) => [
    "",
    title,
    ...Object.entries(index).map(([name, summary]) => `  ${name.padEnd(17)} ${summary}`),
  ];
  const lines = [
    ...list("Endpoints and jobs, in the words of az ml (batchwise GROUP -h):", groupSummaries),
    ...list("Helpers:", commandSummaries),
  ];
  return lines.join("\n");
}

function buildCommand(name: CommandName): Command {
  const spec: CommandSpec = commandSpecs[name];
  const command = new Command(name)
    .description(spec.summary)
    .usage(spec.usage)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .allowExcessArguments(true)
    .helpOption("-h, --help", "print this help");
  for (const operand of spec.operands) command.argument(`[${operand}]`);
  for (const each of spec.settings) addSetting(command, settingOf(each));
  for (const [flag, help] of Object.entries(spec.switches)) command.option(flag, help);
  command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}\n`);
  return command;
}

function addSetting(command: Command, setting: Setting<unknown>): void {
  const { flag, short, kind, negatable, group } = setting;
  const placeholder = kind.placeholder === null ? "" : ` <${kind.placeholder}>`;
  const names = short === undefined ? flag : `${short}, ${flag}`;
  const option = new Option(`${names}${placeholder}`, describeSetting(setting)).helpGroup(`${group}:`);
  if (kind.repeatable)
    option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
  command.addOption(option);
  if (negatable) command.addOption(new Option(`--no-${flag.slice(2)}`, `Turn ${flag} off.`).helpGroup(`${group}:`));
}

function renderHelp(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** The sentence of the help, with the default and the environment variable. */
export function describeSetting(setting: Setting<unknown>): string {
  const value = setting.defaultText ?? describeDefault(setting);
  const parts = [value === null ? null : `default: ${value}`, setting.env === undefined ? null : `env: ${setting.env}`];
  const extra = parts.filter((part) => part !== null).join("; ");
  return extra === "" ? setting.help : `${setting.help} (${extra})`;
}

function describeDefault(setting: Setting<unknown>): string | null {
  const value = setting.default;
  if (value === undefined || value === null || value === false) return null;
  if (value === true) return "on";
  return setting.kind.placeholder?.startsWith("SECONDS") ? String(Number(value) / 1000) : String(value);
}
