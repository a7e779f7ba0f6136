import { workspace, workspaceId } from "../resource-ids.ts";
import type { Shape } from "./shape.ts";

/** What `workspace show` prints: the home folder is the one workspace. */
export function presentWorkspace(home: string): Shape {
  return {
    id: workspaceId,
    name: workspace.name,
    display_name: workspace.name,
    location: "local",
    resource_group: workspace.resourceGroup,
    description: `Home folder ${home}`,
    tags: {},
  };
}
