import type { AssetRecord } from "../records.ts";
import { assetId } from "../resource-ids.ts";
import { presentCreation, type Shape, withoutNulls } from "./shape.ts";

/** What `component show` prints: the component's file, with its id. */
export function presentComponent(component: AssetRecord): Shape {
  return withoutNulls({
    ...component.definition,
    id: `azureml:${assetId("component", component)}`,
    name: component.name,
    version: component.version,
    type: component.type,
    description: component.description,
    tags: component.tags,
    creation_context: presentCreation(component),
  });
}

/** What `component list` prints for each name, given its latest version. */
export function presentComponentContainer(latest: AssetRecord): Shape {
  return withoutNulls({
    name: latest.name,
    type: latest.type,
    latest_version: latest.version,
    description: latest.description,
    tags: latest.tags,
    creation_context: presentCreation(latest),
  });
}
