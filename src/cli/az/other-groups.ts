/**
 * The commands of `az` outside `az ml` that scripts round batch scoring use. They have nothing to do here: those that only prepare an account succeed in
 * silence, those that scripts read from answer with values that fit.
 */

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../../errors.ts";
import { readVersion } from "../version.ts";
import { changeAzConfig, readAzConfig } from "./az-config.ts";
import { AzError } from "./az-error.ts";
import { type Command, defineCommand, text, toggle, words } from "./command.ts";
import type { FoundCommand } from "./run-verb.ts";

/** An id where Azure has a subscription or tenant. */
const zeroId = "00000000-0000-0000-0000-000000000000";
const place = "local";

/** Does nothing, and says so only with `--help`. */
function ignore(summary: string): Command {
  return defineCommand({ summary, options: {}, examples: [], isLenient: true, run: async () => null });
}

const account = {
  id: zeroId,
  name: "batchwise",
  tenantId: zeroId,
  homeTenantId: zeroId,
  environmentName: "AzureCloud",
  state: "Enabled",
  isDefault: true,
  user: { name: "batchwise", type: "user" },
};

function describeGroup(name: string) {
  return {
    id: `/subscriptions/${zeroId}/resourceGroups/${name}`,
    name,
    location: place,
    type: "Microsoft.Resources/resourceGroups",
    properties: { provisioningState: "Succeeded" },
    tags: null,
  };
}

const showVersion = defineCommand({
  summary: "versions",
  options: {},
  examples: ["az version"],
  isLenient: true,
  run: async () => ({
    "azure-cli": "2.91.0",
    "azure-cli-core": "2.91.0",
    batchwise: readVersion(),
    extensions: { ml: "2.41.0" },
  }),
});

const printVersion = defineCommand({
  summary: "versions as text",
  options: {},
  examples: ["az --version"],
  isLenient: true,
  run: async () => {
    process.stdout.write(
      `azure-cli                         2.91.0 (Batchwise ${readVersion()} in its place)\n\nExtensions:\nml                                2.41.0\n`,
    );
    return null;
  },
});

const getAccessToken = defineCommand({
  summary: "a token for the server of `batchwise serve`",
  options: {
    resource: text(["--resource"], "Left aside: there is one server."),
    scope: words(["--scope"], "Left aside."),
  },
  examples: ["az account get-access-token --query accessToken -o tsv"],
  isLenient: true,
  run: async (_, call) => {
    const expires = new Date(Date.now() + 3_600_000);
    return {
      accessToken: readServerToken(call.home),
      expiresOn: expires.toISOString().replace("T", " ").replace("Z", "000"),
      expires_on: Math.floor(expires.getTime() / 1000),
      subscription: zeroId,
      tenant: zeroId,
      tokenType: "Bearer",
    };
  },
});

const configure = defineCommand({
  summary: "keep defaults, or list them",
  options: {
    defaults: words(["--defaults", "-d"], "KEY=VALUE words: group, workspace, location.", { placeholder: "KEY=VALUE" }),
    list: toggle(["--list-defaults", "-l"], "List the defaults."),
    scope: text(["--scope"], "Left aside."),
  },
  examples: ["az configure --defaults group=my-group workspace=my-workspace", "az configure -l -o table"],
  run: async ({ defaults, list }, call) => {
    if (defaults.length > 0) changeAzConfig(call.home, readPairs(defaults, "defaults."));
    return list || defaults.length === 0 ? listDefaults(call.home) : null;
  },
});

const configSet = defineCommand({
  summary: "keep settings such as core.output",
  options: { local: toggle(["--local"], "Left aside.") },
  operands: { name: "KEY=VALUE", min: 1, max: 100, help: "Settings." },
  examples: ["az config set core.output=table"],
  run: async (_, call) => {
    changeAzConfig(call.home, readPairs(call.operands, ""));
    return null;
  },
});

const configGet = defineCommand({
  summary: "show settings",
  options: { local: toggle(["--local"], "Left aside.") },
  operands: { name: "KEY", min: 0, max: 1, help: "One setting; all without it." },
  examples: ["az config get core.output"],
  run: async (_, call) => {
    const config = readAzConfig(call.home);
    const [key] = call.operands;
    if (key === undefined) return Object.entries(config).map(([name, value]) => ({ name, value }));
    if (config[key] === undefined) throw new AzError(1, `Configuration '${key}' is not set.`);
    return { name: key, value: config[key] };
  },
});

const configUnset = defineCommand({
  summary: "forget settings",
  options: { local: toggle(["--local"], "Left aside.") },
  operands: { name: "KEY", min: 1, max: 100, help: "Settings." },
  examples: ["az config unset core.output"],
  run: async (_, call) => {
    changeAzConfig(call.home, Object.fromEntries(call.operands.map((key) => [key, ""])));
    return null;
  },
});

const showGroup = defineCommand({
  summary: "the one resource group there is, by any name",
  options: { name: text(["--name", "-n"], "Name.") },
  examples: ["az group show -n my-group --query location -o tsv"],
  isLenient: true,
  run: async ({ name }, call) => describeGroup(name ?? readAzConfig(call.home)["defaults.group"] ?? "batchwise"),
});

/** Commands by their words. */
export const otherCommands: Readonly<Record<string, Command>> = {
  "--version": printVersion,
  "-v": printVersion,
  version: showVersion,
  login: ignore("log in: there is no account"),
  logout: ignore("log out: there is no account"),
  upgrade: ignore("upgrade: Batchwise is upgraded by npm"),
  "extension add": ignore("add an extension: nothing is needed"),
  "extension update": ignore("update an extension: nothing is needed"),
  "extension remove": ignore("remove an extension: nothing is needed"),
  "extension list": defineCommand({
    summary: "extensions",
    options: {},
    examples: ["az extension list"],
    isLenient: true,
    run: async () => [{ name: "ml", version: "2.41.0", extensionType: "batchwise" }],
  }),
  "extension show": defineCommand({
    summary: "an extension",
    options: {},
    examples: ["az extension show -n ml"],
    isLenient: true,
    run: async () => ({ name: "ml", version: "2.41.0", extensionType: "batchwise" }),
  }),
  "account set": ignore("choose a subscription: there is none"),
  "account clear": ignore("forget accounts: there is none"),
  "account show": defineCommand({
    summary: "an account with an all-zero id",
    options: {},
    examples: ["az account show --query id -o tsv"],
    isLenient: true,
    run: async () => account,
  }),
  "account list": defineCommand({
    summary: "one account with an all-zero id",
    options: {},
    examples: ["az account list -o table"],
    isLenient: true,
    run: async () => [account],
  }),
  "account get-access-token": getAccessToken,
  configure,
  "config set": configSet,
  "config get": configGet,
  "config unset": configUnset,
  "group show": showGroup,
  "group create": showGroup,
  "group list": defineCommand({
    summary: "the one resource group there is",
    options: {},
    examples: ["az group list -o table"],
    isLenient: true,
    run: async (_, call) => [describeGroup(readAzConfig(call.home)["defaults.group"] ?? "batchwise")],
  }),
  "group exists": defineCommand({
    summary: "always true",
    options: {},
    examples: [],
    isLenient: true,
    run: async () => true,
  }),
};

/** The command that the words begin with; null when there is none. */
export function findOther(args: readonly string[]): FoundCommand | null {
  for (const count of [2, 1]) {
    const name = args.slice(0, count).join(" ").toLowerCase();
    const command = Object.hasOwn(otherCommands, name) ? otherCommands[name] : undefined;
    if (command !== undefined) return { name: `az ${name}`, command, rest: args.slice(count) };
  }
  return null;
}

function readPairs(given: readonly string[], prefix: string): Record<string, string> {
  return Object.fromEntries(
    given.map((word) => {
      const at = word.indexOf("=");
      if (at < 1) throw new AzError(1, `usage error: KEY=VALUE is wanted, and '${word}' was found`);
      return [prefix + word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** What is not set answers too: scripts stop when group or workspace come out empty. */
function listDefaults(home: string): { name: string; source: string; value: string }[] {
  const config = readAzConfig(home);
  const set = Object.entries(config).filter(([key]) => key.startsWith("defaults."));
  const values = new Map<string, string>([
    ["group", "batchwise"],
    ["workspace", "batchwise"],
    ["location", place],
    ...set.map(([key, value]): [string, string] => [key.slice("defaults.".length), value]),
  ]);
  return [...values].map(([name, value]) => ({ name, source: join(home, "az-config.json"), value }));
}

/** The secret of this home folder that `batchwise serve` accepts; made at first use, by one process only. */
function readServerToken(home: string): string {
  const path = join(home, "server-token");
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, "utf8").trim();
}
