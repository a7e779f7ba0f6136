import { BatchwiseError } from "../errors.ts";
import type { AssetKind, AssetRef } from "./records.ts";

/** The one workspace that there is. */
export const workspace = {
  subscription: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "batchwise",
  name: "batchwise",
} as const;

/** What the id of everything in the workspace begins with. */
export const workspaceId = `/subscriptions/${workspace.subscription}/resourceGroups/${workspace.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${workspace.name}`;

/** The word for a kind in ids. */
export const assetFolders: Readonly<Record<AssetKind, string>> = {
  model: "models",
  data: "data",
  environment: "environments",
  code: "codes",
  component: "components",
};

/** The id of a version, for example `/subscriptions/…/models/m/versions/1`. */
export function assetId(kind: AssetKind, { name, version }: AssetRef): string {
  return `${workspaceId}/${assetFolders[kind]}/${name}/versions/${version}`;
}

/** The error for something that is not there, in the service's words; `path` is what follows the workspace, for example `batchEndpoints/x`. */
export function makeNotFound(path: string, hint?: string): BatchwiseError {
  const message = `The Resource 'Microsoft.MachineLearningServices/workspaces/${workspace.name}/${path}' under resource group '${workspace.resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return new BatchwiseError(
    "resource_not_found",
    `(ResourceNotFound) ${message}\nCode: ResourceNotFound\nMessage: ${message}`,
    hint === undefined ? {} : { hint },
  );
}
