import type { AssetRecord } from "../records.ts";
import { assetId } from "../resource-ids.ts";
import { presentContent } from "./model.ts";
import { presentCreation, type Shape, withoutNulls } from "./shape.ts";

/** What `data show` and `data list --name` print. */
export function presentData(data: AssetRecord): Shape {
  return withoutNulls({
    id: assetId("data", data),
    name: data.name,
    version: data.version,
    type: data.type,
    path: data.path,
    description: data.description,
    tags: data.tags,
    properties: { ...data.properties, ...presentContent(data) },
    creation_context: presentCreation(data),
  });
}

/** What `data list` prints for each name, given its latest version. */
export function presentDataContainer(latest: AssetRecord): Shape {
  return withoutNulls({
    name: latest.name,
    type: latest.type,
    latest_version: latest.version,
    description: latest.description,
    tags: latest.tags,
    properties: latest.properties,
    creation_context: presentCreation(latest),
  });
}
