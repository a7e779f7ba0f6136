/** Tells by its content what a YAML file describes. */

import { dataSchema, environmentSchema, modelSchema } from "../config/files/asset-files.ts";
import { componentSchema } from "../config/files/component-file.ts";
import { computeSchema } from "../config/files/compute-file.ts";
import { datastoreSchema } from "../config/files/datastore-file.ts";
import { deploymentSchema } from "../config/files/deployment-file.ts";
import { endpointSchema } from "../config/files/endpoint-file.ts";
import type { FieldTable } from "../config/files/field.ts";
import { invokeSchema } from "../config/files/invoke-file.ts";
import { pipelineJobSchema } from "../config/files/job-file.ts";
import type { FileSchema } from "../config/files/parse-file.ts";
import type { YamlMap } from "../config/yaml.ts";

/** `conda` is a list of packages; `other` is a file that no rule knows. */
export type FileKind =
  | "deployment"
  | "endpoint"
  | "model"
  | "environment"
  | "data"
  | "compute"
  | "datastore"
  | "component"
  | "job"
  | "invoke"
  | "conda"
  | "other";

/** The fields of the kinds that have a schema. */
export const fileSchemas: Readonly<Partial<Record<FileKind, FileSchema<FieldTable>>>> = {
  deployment: deploymentSchema as FileSchema<FieldTable>,
  endpoint: endpointSchema as unknown as FileSchema<FieldTable>,
  model: modelSchema as unknown as FileSchema<FieldTable>,
  environment: environmentSchema as unknown as FileSchema<FieldTable>,
  data: dataSchema as unknown as FileSchema<FieldTable>,
  compute: computeSchema as unknown as FileSchema<FieldTable>,
  datastore: datastoreSchema as unknown as FileSchema<FieldTable>,
  component: componentSchema as unknown as FileSchema<FieldTable>,
  job: pipelineJobSchema as unknown as FileSchema<FieldTable>,
  invoke: invokeSchema as unknown as FileSchema<FieldTable>,
};

/** Words in the `$schema` of Azure's files. */
const schemaWords: readonly (readonly [RegExp, FileKind])[] = [
  [/pipelinecomponent.*deployment|batchdeployment/i, "deployment"],
  [/batchendpoint/i, "endpoint"],
  [/component\./i, "component"],
  [/pipelinejob/i, "job"],
  [/environment/i, "environment"],
  [/\/data\./i, "data"],
  [/\/model\./i, "model"],
];

/** Keys that together only one kind has; the first that are all there decide. A folder may hold YAML of other programs: what is in doubt is left alone. */
const tellingKeys: readonly (readonly [readonly string[], FileKind])[] = [
  [["apiVersion"], "other"],
  [["trigger"], "other"],
  [["on"], "other"],
  [["runs"], "other"],
  [["services"], "other"],
  [["jobs"], "other"],
  [["endpoint_name"], "deployment"],
  [["code_configuration"], "deployment"],
  [["name", "mini_batch_size"], "deployment"],
  [["name", "settings", "model"], "deployment"],
  [["dependencies"], "conda"],
  [["name", "auth_mode"], "endpoint"],
  [["name", "defaults"], "endpoint"],
  [["name", "conda_file"], "environment"],
  [["name", "image"], "environment"],
  [["name", "build"], "environment"],
  [["endpoint", "inputs"], "invoke"],
  [["deployment", "inputs"], "invoke"],
  [["name", "model"], "deployment"],
  [["name", "path"], "model"],
];

/** What a file describes: by `$schema`, by its `type`, by keys that only one kind has. */
export function findFileKind(root: YamlMap): FileKind {
  const url = textOf(root, "$schema");
  const named = schemaWords.find(([word]) => word.test(url));
  if (named !== undefined) return named[1];
  const type = textOf(root, "type").toLowerCase();
  if (/^(uri_file|uri_folder|mltable)$/.test(type)) return "data";
  if (/^(custom|mlflow|triton)_model$/.test(type)) return "model";
  if (/^(amlcompute|local)$/.test(type)) return "compute";
  if (type === "azure_blob") return "datastore";
  if (/^(pipeline|parallel|command)$/.test(type)) return findRunnableKind(root, type);
  if (type === "model") return "deployment";
  const telling = tellingKeys.find(([wanted]) => wanted.every((key) => root.entries.has(key)));
  if (telling !== undefined) return telling[1];
  const keys = [...root.entries.keys()];
  const isBare = keys.every((key) => ["$schema", "name", "description", "tags", "properties"].includes(key));
  return root.entries.has("name") && isBare ? "endpoint" : "other";
}

/** Deployments, components and jobs share these types. A component has a version or says whether it is deterministic. */
function findRunnableKind(root: YamlMap, type: string): FileKind {
  if (root.entries.has("endpoint_name")) return "deployment";
  if (root.entries.has("is_deterministic") || root.entries.has("version")) return "component";
  return type === "pipeline" ? "job" : "component";
}

function textOf(root: YamlMap, key: string): string {
  const value = root.entries.get(key)?.value;
  return value?.kind === "scalar" ? value.text : "";
}
