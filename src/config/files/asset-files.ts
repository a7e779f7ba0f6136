/** Files of models, environments and data, alone and inside a deployment. */

import type { YamlPosition } from "../yaml.ts";
import { assetName, describedFields, echoedFields } from "./common-fields.ts";
import { type FieldPlace, type ReadTable, report, required } from "./field.ts";
import {
  anything,
  choice,
  either,
  freeMap,
  ignored,
  integer,
  object,
  readOnly,
  text,
  textMap,
  version,
} from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

const versionField = version("Version; the next number when it is not given.");

const modelFields = {
  ...echoedFields,
  name: assetName(),
  version: versionField,
  type: choice(["custom_model", "mlflow_model", "triton_model"], {
    help: "Kind of model.",
    defaultText: "custom_model",
  }),
  path: text({
    help: "File or folder, relative to this file; also `azureml://datastores/…` and `azureml://jobs/…`.",
  }),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  stage: text({ help: "Stage of its life, for example Production." }),
  flavors: freeMap("Flavours of an MLflow model; read from its MLmodel file when not given."),
  datastore: ignored("Datastore that Azure uploads to."),
  default_deployment_template: ignored("Deployment template of Azure."),
  allowed_deployment_templates: ignored("Deployment templates of Azure."),
  system_metadata: ignored("Metadata of Azure."),
  latest_version: readOnly(),
  job_name: readOnly(),
  is_anonymous: readOnly(),
};

/** A model written inside a deployment: a name registers it, without one it is known by its content. */
export const inlineModel = object(modelFields, "A model to register.");

const route = object(
  { path: required(text({ help: "Path of the URL." })), port: required(integer({ help: "Port." })) },
  "A route of an online endpoint.",
);

const environmentFields = {
  ...echoedFields,
  name: assetName(),
  version: versionField,
  image: text({ help: "Container image. The local compute runs without the container and builds `conda_file`." }),
  conda_file: either(
    text({ help: "Path of a conda file, a `python_env.yaml` or a requirements file." }),
    freeMap("A conda file's content."),
    "Packages: a file, or its content.",
  ),
  requirements: text({ help: "Lines of a requirements file, where no conda file is given." }),
  python: text({ help: "Path of an interpreter that has everything already; nothing is built." }),
  build: object(
    {
      path: text({ help: "Folder with a Dockerfile, or its URL." }),
      dockerfile_path: text({ help: "Dockerfile, relative to `path`.", defaultText: "Dockerfile" }),
    },
    "Container image to build. The local compute runs without the container.",
  ),
  inference_config: object(
    { liveness_route: required(route), readiness_route: required(route), scoring_route: required(route) },
    "Routes of an online endpoint.",
  ),
  os_type: choice(["linux", "windows"], { help: "Operating system.", defaultText: "linux" }),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  datastore: ignored("Datastore that Azure uploads to."),
  latest_version: readOnly(),
};

/** An environment written inside a deployment. */
export const inlineEnvironment = object(environmentFields, "An environment to register.");

const dataFields = {
  ...echoedFields,
  name: assetName(),
  version: versionField,
  type: choice(["uri_file", "uri_folder", "mltable"], {
    help: "Kind of data.",
    defaultText: "uri_folder",
    exact: true,
  }),
  path: required(text({ help: "File or folder, relative to this file; a URL, or `azureml://datastores/…`." })),
  ...describedFields,
  properties: readOnly(),
  datastore: ignored("Datastore that Azure uploads to."),
  latest_version: readOnly(),
};

// The name is required in a file of its own, and not inside a deployment.
const standaloneModel = { ...modelFields, name: required(assetName()) };

export const modelSchema: FileSchema<typeof standaloneModel> = {
  name: "ModelSchema",
  title: "Model",
  style: "numbered",
  fields: standaloneModel,
};

const standaloneEnvironment = {
  ...environmentFields,
  name: required(assetName()),
  channels: anything(""),
  dependencies: anything(""),
};

export const environmentSchema: FileSchema<typeof standaloneEnvironment> = {
  name: "EnvironmentSchema",
  title: "Environment",
  style: "numbered",
  fields: standaloneEnvironment,
  check: (_value, root, place) => refuseCondaKeys(root.entries, place),
};

export const dataSchema: FileSchema<typeof dataFields> = {
  name: "DataSchema",
  title: "Data",
  style: "numbered",
  fields: dataFields,
};

/** A conda file where an environment file is wanted is the commonest mistake. */
function refuseCondaKeys(entries: ReadonlyMap<string, { readonly at: YamlPosition }>, place: FieldPlace): void {
  const found = entries.get("channels") ?? entries.get("dependencies");
  if (found === undefined) return;
  report(
    place,
    found.at,
    "Environment file must be a map with name and image or conda_file; this looks like a conda file.",
    "name it with --conda-file, or as conda_file in an environment file",
  );
}

export type ModelFile = ParsedFile<ReadTable<typeof standaloneModel>>;
export type EnvironmentFile = ParsedFile<ReadTable<typeof standaloneEnvironment>>;
export type DataFile = ParsedFile<ReadTable<typeof dataFields>>;
export type InlineModel = ReadTable<typeof modelFields>;
export type InlineEnvironment = ReadTable<typeof environmentFields>;

/** Reads a model file. */
export function parseModelFile(source: YamlSource, sets: readonly SetValue[]): ModelFile {
  return parseFile(source, sets, modelSchema);
}

/** Reads an environment file. */
export function parseEnvironmentFile(source: YamlSource, sets: readonly SetValue[]): EnvironmentFile {
  return parseFile(source, sets, environmentSchema);
}

/** Reads a data file. */
export function parseDataFile(source: YamlSource, sets: readonly SetValue[]): DataFile {
  return parseFile(source, sets, dataSchema);
}
