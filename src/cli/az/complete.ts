import { resolve } from "node:path";
import { defaultHome } from "../../config/setting-kinds.ts";
import type { Command, Completion, OptionSpec } from "./command.ts";
import { commandIndex, findCommand, findGroup, groupIndex } from "./command-index.ts";
import { globalOptions } from "./global-options.ts";

/** Commands that are read elsewhere; their options are offered as well. */
const ownCommands = ["score", "resume", "replay", "help"];

/** Candidates for the last of the words (which may be empty), one a line; `:file` and `:folder` leave it to the shell. */
export async function complete(words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? "";
  return (await findCandidates(words.slice(0, -1), current)).filter(
    (each) => each.startsWith(":") || each.startsWith(current),
  );
}

async function findCandidates(before: readonly string[], current: string): Promise<string[]> {
  const [first, second] = before;
  if (first === undefined) return [...Object.keys(groupIndex), ...Object.keys(commandIndex), ...ownCommands].sort();
  if (ownCommands.includes(first)) return await completeOwn(first, before, current);
  const single = findCommand(first);
  if (single !== null) return await completeOptions(await commandIndex[single].load(), before.slice(1), current);
  const groupName = findGroup(first);
  if (groupName === null) return [];
  const group = await groupIndex[groupName].load();
  if (second === undefined) return Object.keys(group.commands);
  const command = group.commands[second.toLowerCase()];
  return command === undefined ? [] : await completeOptions(command, before.slice(2), current);
}

async function completeOptions(command: Command, before: readonly string[], current: string): Promise<string[]> {
  const options = [...Object.values(command.options), ...Object.values(globalOptions)].filter(
    (each) => each.hidden !== true,
  );
  const previous = before.at(-1);
  const asked = options.find((option) => (option.names as readonly string[]).includes(previous ?? ""));
  if (asked !== undefined && asked.takes !== "switch") return await completeValue(asked, before, options);
  if (current === "" && command.operands !== undefined) return [":file"];
  return options.flatMap((option) => option.names.filter((name) => name.startsWith("--"))).sort();
}

async function completeValue(
  option: OptionSpec<unknown>,
  before: readonly string[],
  options: readonly OptionSpec<unknown>[],
): Promise<string[]> {
  if (option.choices !== undefined) return [...option.choices];
  if (option.completes === undefined) return [":file"];
  if (option.completes === "file" || option.completes === "folder") return [`:${option.completes}`];
  const endpoint = findValue(
    options.find((each) => each.completes === "endpoint"),
    before,
  );
  return await listNames(option.completes, endpoint, findValue(globalOptions.home, before));
}

function findValue(option: OptionSpec<unknown> | undefined, before: readonly string[]): string | null {
  if (option === undefined) return null;
  const at = before.findLastIndex((word) => (option.names as readonly string[]).includes(word));
  return at < 0 ? null : (before[at + 1] ?? null);
}

async function listNames(kind: Completion, endpoint: string | null, home: string | null): Promise<string[]> {
  const { openCatalog } = await import("../../catalog/catalog.ts");
  const catalog = openCatalog(resolve(home ?? (process.env.BATCHWISE_HOME || defaultHome())));
  try {
    switch (kind) {
      case "endpoint":
        return catalog.endpoints.list().map((each) => each.name);
      case "deployment":
        return catalog.deployments.list(endpoint ?? undefined).map((each) => each.name);
      case "job":
        return catalog.jobs.list({ limit: 200 }).map((each) => each.name);
      case "compute":
        return catalog.computes.list().map((each) => each.name);
      case "datastore":
        return catalog.datastores.list().map((each) => each.name);
      case "model":
      case "data":
      case "environment":
        return catalog.assets.listNames(kind).map((each) => each.name);
      default:
        return [];
    }
  } finally {
    catalog.close();
  }
}

async function completeOwn(name: string, before: readonly string[], current: string): Promise<string[]> {
  const { settingNames, settingOf } = await import("../../config/settings.ts");
  if (name === "help") return ["score", "resume", "replay"];
  if (name !== "score" && before.length === 1 && !current.startsWith("-")) return await listNames("job", null, null);
  const settings = settingNames.map(settingOf).filter((setting) => name === "score" || setting.resume);
  const asked = settings.find((setting) => [setting.flag, setting.short].includes(before.at(-1) as never));
  if (asked !== undefined && asked.kind.placeholder !== null) {
    return asked.kind.placeholder.includes("|") ? asked.kind.placeholder.split("|") : [":file"];
  }
  return settings.map((setting) => setting.flag).sort();
}
