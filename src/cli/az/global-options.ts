import { type OptionSpec, text, toggle } from "./command.ts";

export const outputFormats = ["json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"] as const;

export type OutputFormat = (typeof outputFormats)[number];

const ignored = "Taken and left aside: there is one home folder, and no account.";

/** What every command takes. */
export const globalOptions = {
  output: text(["--output", "-o"], "How the result is printed.", { choices: outputFormats, placeholder: "FORMAT" }),
  query: text(["--query"], "JMESPath query over the result; see jmespath.org.", { placeholder: "JMESPATH" }),
  home: text(
    ["--home"],
    "Folder with the catalog, jobs and environments. (env: BATCHWISE_HOME; default: ~/.batchwise)",
    {
      placeholder: "DIR",
      completes: "folder",
    },
  ),
  resourceGroup: text(["--resource-group", "-g"], ignored, { placeholder: "GROUP" }),
  workspaceName: text(["--workspace-name", "-w"], ignored, { placeholder: "WORKSPACE" }),
  subscription: text(["--subscription"], ignored, { placeholder: "SUBSCRIPTION" }),
  registryName: text(["--registry-name"], ignored, { placeholder: "REGISTRY", hidden: true }),
  onlyShowErrors: toggle(["--only-show-errors"], "Show errors only: no warnings, no progress."),
  verbose: toggle(["--verbose"], "Say more on stderr."),
  debug: toggle(["--debug"], "Say everything on stderr."),
  help: toggle(["--help", "-h"], "Show this help and exit."),
} as const satisfies Record<string, OptionSpec<unknown>>;
