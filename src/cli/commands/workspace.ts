import { readAzConfig } from "../az/az-config.ts";
import { type CommandGroup, defineCommand, text } from "../az/command.ts";

const zeroId = "00000000-0000-0000-0000-000000000000";

export const workspace: CommandGroup = {
  summary: "the one workspace there is: the home folder",
  commands: {
    show: defineCommand({
      summary: "show the workspace",
      options: { name: text(["--name", "-n"], "Left aside.", { placeholder: "NAME" }) },
      examples: ["batchwise workspace show --query location -o tsv"],
      run: async ({ name }, call) => describeWorkspace(name, call.home),
    }),
    list: defineCommand({
      summary: "list the workspace",
      options: {},
      examples: ["batchwise workspace list -o table"],
      run: async (_, call) => [describeWorkspace(null, call.home)],
    }),
  },
};

function describeWorkspace(name: string | null, home: string) {
  const config = readAzConfig(home);
  const group = config["defaults.group"] ?? "batchwise";
  const shown = name ?? config["defaults.workspace"] ?? "batchwise";
  return {
    id: `/subscriptions/${zeroId}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${shown}`,
    name: shown,
    display_name: shown,
    description: `Batchwise, home folder ${home}`,
    location: "local",
    resource_group: group,
    tags: {},
    provisioning_state: "Succeeded",
  };
}
