import type { AssetRecord } from "../records.ts";
import { assetId } from "../resource-ids.ts";
import { presentCreation, type Shape, withoutNulls } from "./shape.ts";

/** What `model show` prints. `path` is where the content lies on this machine. */
export function presentModel(model: AssetRecord): Shape {
  return withoutNulls({
    id: `azureml:${assetId("model", model)}`,
    name: model.name,
    version: model.version,
    type: model.type,
    path: model.path,
    description: model.description,
    tags: model.tags,
    properties: { ...model.properties, ...presentContent(model) },
    stage: model.stage,
    flavors: model.definition?.flavors ?? {},
    creation_context: presentCreation(model),
  });
}

/** What is known about content: its hash, and whether it stayed where it was. */
export function presentContent(asset: AssetRecord): Shape {
  return { "batchwise.hash": asset.hash, ...(asset.byReference ? { "batchwise.by_reference": "true" } : {}) };
}

/** What `model list` prints for each name, given its latest version. The key has a space in it, as Azure's has. */
export function presentModelContainer(latest: AssetRecord): Shape {
  return {
    name: latest.name,
    tags: latest.tags,
    stage: latest.stage,
    id: assetId("model", latest).replace(/\/versions\/[^/]*$/, ""),
    properties: latest.properties,
    description: latest.description,
    creation_context: presentCreation(latest),
    "latest version": latest.version,
  };
}

/** What `model list --name` prints for each version. */
export function presentModelListItem(model: AssetRecord): Shape {
  return {
    name: model.name,
    tags: model.tags,
    stage: model.stage,
    id: `azureml:${assetId("model", model)}`,
    properties: model.properties,
    description: model.description,
    creation_context: presentCreation(model),
    version: model.version,
    "model type": model.type,
    path: model.path,
  };
}
