import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { defaultHome } from "../../config/setting-kinds.ts";
import { type ExitCode, exitCodes } from "../../errors.ts";
import { refuseUsage } from "./az-error.ts";
import { Call } from "./call.ts";
import type { Command } from "./command.ts";
import { commandIndex, findCommand, findGroup, groupIndex } from "./command-index.ts";
import { readDefaultFormat } from "./default-format.ts";
import type { OutputFormat } from "./global-options.ts";
import { parseOptions } from "./parse-options.ts";
import { chooseAzExitCode, showAzError } from "./show-error.ts";

/** Runs `batch-endpoint show …` and the like: reads the words, does the work, prints the result. Errors are shown here. */
export async function runVerb(args: readonly string[]): Promise<ExitCode> {
  const isDebug = args.includes("--debug");
  try {
    const found = await findDeclaration(args);
    return typeof found === "number" ? found : await runCommand(found);
  } catch (error) {
    showAzError(error, isDebug || process.env.BATCHWISE_DEBUG === "1");
    return chooseAzExitCode(error);
  }
}

export interface FoundCommand {
  /** `batch-endpoint show` */
  readonly name: string;
  readonly command: Command;
  /** What stands after the name. */
  readonly rest: readonly string[];
}

/** The command that the words name; an exit code when that was help on a group. */
async function findDeclaration(args: readonly string[]): Promise<FoundCommand | ExitCode> {
  const [first = "", second] = args;
  const single = findCommand(first);
  if (single !== null) return { name: single, command: await commandIndex[single].load(), rest: args.slice(1) };
  const groupName = findGroup(first);
  if (groupName === null) throw refuseUsage(`'${first}' is misspelled or not recognized by the system.`);
  const group = await groupIndex[groupName].load();
  const { renderGroupHelp } = await import("./help.ts");
  if (second !== undefined && ["-h", "--help"].includes(second)) {
    process.stdout.write(renderGroupHelp(groupName, group));
    return exitCodes.ok;
  }
  if (second === undefined || second.startsWith("-")) {
    process.stderr.write(renderGroupHelp(groupName, group));
    throw refuseUsage("the following arguments are required: _subcommand");
  }
  const verb = second.toLowerCase();
  if (Object.hasOwn(group.commands, verb))
    return { name: `${groupName} ${verb}`, command: group.commands[verb] as Command, rest: args.slice(2) };
  const { findNearest } = await import("../../config/suggest.ts");
  const verbs = Object.keys(group.commands);
  const nearest = findNearest(verb, verbs);
  throw refuseUsage(
    `'${second}' is misspelled or not recognized by the system.`,
    nearest === null ? `Known here: ${verbs.join(", ")}` : `Did you mean '${nearest}' ?`,
  );
}

/** Reads the options, does the work and prints the result. Throws what goes wrong. */
export async function runCommand({ name, command, rest }: FoundCommand): Promise<ExitCode> {
  const { values, globals, operands } = parseOptions(rest, command);
  if (globals.help === true) {
    const { renderCommandHelp } = await import("./help.ts");
    process.stdout.write(renderCommandHelp(name, command));
    return exitCodes.ok;
  }
  const home = resolve((globals.home as string | null) ?? (process.env.BATCHWISE_HOME || defaultHome()));
  const format = (globals.output as OutputFormat | null) ?? readDefaultFormat(home);
  const query = globals.query as string | null;
  if (query !== null) (await import("./output/query.ts")).checkQuery(query);
  const call = new Call({
    home,
    operands,
    onlyShowErrors: globals.onlyShowErrors === true,
    verbose: globals.verbose === true,
    debug: globals.debug === true,
  });
  try {
    const result = await command.run(values, call);
    if (command.text !== undefined && globals.output === null && query === null) {
      if (result !== null && result !== undefined) process.stdout.write(command.text(result, process.stdout));
      return call.exitCode;
    }
    const { formatResult } = await import("./output/format-result.ts");
    const isColoured = process.stdout.isTTY && process.stderr.isTTY && !process.env.NO_COLOR;
    process.stdout.write(await formatResult(result, { format, query, table: command.table, isColoured }));
    await call.healQueues();
    call.info(`Command ran in ${(performance.now() / 1000).toFixed(3)} seconds.`);
    return call.exitCode;
  } finally {
    call.close();
  }
}
