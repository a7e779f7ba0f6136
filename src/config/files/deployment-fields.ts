/**
 * The keys of a deployment file. Azure has two forms: the older flat one with the run settings at the top, and `type: model` with them below `settings`.
 * Here one table serves both: a run setting is taken in either place, and `batchwise score -f` reads the same keys.
 */

import { jobSettingTable } from "../job-setting-table.ts";
import { inlineEnvironment, inlineModel } from "./asset-files.ts";
import { byteCount, describedFields, echoedFields, identity } from "./common-fields.ts";
import { type Field, type FieldTable, report, required } from "./field.ts";
import {
  anything,
  choice,
  either,
  freeMap,
  ignored,
  integer,
  list,
  number,
  object,
  text,
  textMap,
  toggle,
} from "./field-kinds.ts";
import { helpOf, settingField, type TableSettingName } from "./setting-field.ts";

const yearSeconds = 31_536_000;
const maxCount = 2_147_483_647;

/** Seconds, or a word that the settings table knows (`auto`). */
function timeoutField(): Field<number | string> {
  const asInteger = integer({ ...helpOf("timeoutMs"), defaultText: "30", min: 1, max: yearSeconds });
  const asSetting = settingField("timeoutMs");
  return {
    ...asInteger,
    kind: asSetting.kind,
    read(value, place) {
      const isWord = value.kind === "scalar" && typeof value.value === "string" && /^[a-z]/i.test(value.value);
      if (!isWord) return asInteger.read(value, place);
      // A word that the table does not know is answered as Azure answers it.
      const trial = { path: place.path, problems: [] };
      const word = asSetting.read(value, trial);
      return word === undefined ? report(place, value, "Not a valid integer.") : String(word);
    },
  };
}

/** Run settings that Azure ML knows, with its checks. */
const azureRunFields = {
  mini_batch_size: integer({ ...helpOf("miniBatchSize"), defaultText: "10", min: 1, max: 1_000_000 }),
  max_concurrency_per_instance: integer({ ...helpOf("workers"), defaultText: "1", min: 1, max: 1024 }),
  instance_count: integer({ help: "Instances that serve one job.", defaultText: "1", min: 1, max: 10_000 }),
  error_threshold: integer({ ...helpOf("errorThreshold"), defaultText: "-1", min: -1, max: maxCount }),
  retry_settings: object(
    {
      max_retries: integer({ ...helpOf("maxRetries"), defaultText: "3", min: 0, max: 1000 }),
      timeout: timeoutField(),
    },
    "What happens when run() fails.",
  ),
  output_action: choice(["append_row", "summary_only"], { ...helpOf("outputAction"), defaultText: "append_row" }),
  output_file_name: text({
    ...helpOf("outputFileName"),
    defaultText: "predictions.csv",
    check: (name) => (/^[^/\0]{1,200}$/.test(name) && name !== "." && name !== ".." ? null : "Not a valid file name."),
  }),
  logging_level: choice(["warning", "info", "debug"], { ...helpOf("loggingLevel"), defaultText: "info" }),
  environment_variables: textMap(jobSettingTable.environmentVariables.help),
};

/** Run settings that are Batchwise's own and have a field of the record. */
const ownRunFields = {
  gpus_per_worker: number({
    help: "Graphics cards for each worker, named to it in CUDA_VISIBLE_DEVICES; shares such as 0.5 are allowed.",
    min: 0,
    max: 1024,
  }),
  memory_limit: byteCount("Memory of one worker and all it starts; above it the attempt fails as out of memory."),
  auto_resume: toggle({
    help: "A job whose driver is gone is resumed by itself, at most 3 times without progress.",
    defaultText: "false",
  }),
};

/** File keys of the settings table that have a field above, or elsewhere in the file. */
const declaredKeys = /^(code_configuration|model|environment|retry_settings)\./;

/** Further settings of the table: file key to name. */
export const tableSettings: ReadonlyMap<string, TableSettingName> = new Map(
  (Object.keys(jobSettingTable) as TableSettingName[]).flatMap((name) => {
    const key = jobSettingTable[name].fileKey;
    const isDeclared =
      key === null || declaredKeys.test(key) || Object.hasOwn(azureRunFields, key) || Object.hasOwn(ownRunFields, key);
    return isDeclared ? [] : [[key, name] as const];
  }),
);

const tableFields: FieldTable = Object.fromEntries([...tableSettings].map(([key, name]) => [key, settingField(name)]));

/** The run settings: at the top of the file, or below `settings`. */
export const runFields = { ...azureRunFields, ...ownRunFields };

/** Everything that may stand below `settings` of a model deployment. */
export const allRunFields: FieldTable = { ...tableFields, ...runFields };

export const resourceFields = {
  instance_count: runFields.instance_count,
  instance_type: text({ help: "Size of the instances in Azure; kept and shown." }),
  properties: freeMap("Further properties; kept."),
  shm_size: ignored("Shared memory of the container."),
  docker_args: ignored("Arguments of the container."),
  locations: list(text({ help: "Region." }), "Regions in Azure. Accepted and left aside."),
  max_instance_count: ignored("Most instances."),
  gpus_per_worker: runFields.gpus_per_worker,
  memory_limit: runFields.memory_limit,
};

const headFields = {
  ...echoedFields,
  name: required(
    text({ help: "Name of the deployment.", strict: true, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/ }),
  ),
  endpoint_name: required(text({ help: "Endpoint that it belongs to.", strict: true })),
  type: text({ help: "`model` (run settings below `settings`), `pipeline`, or absent for the older flat form." }),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
};

export const modelDeploymentFields = {
  ...headFields,
  model: either(
    text({ help: "`azureml:name:version`, `azureml:name@latest`." }),
    inlineModel,
    "What scores: a reference to a model, or a model to register.",
  ),
  code_configuration: object(
    {
      code: text({ help: "Folder with the script, relative to this file, or `azureml:name:version`." }),
      scoring_script: text({ help: "The script in it, with init() and run(mini_batch)." }),
    },
    "Scoring script; an MLflow model needs none.",
  ),
  environment: either(
    text({ help: "`azureml:name:version`, `azureml:name@latest`, or `file:environment.yml`." }),
    inlineEnvironment,
    "What the script runs in: a reference to an environment, a file, or an environment to register.",
  ),
  compute: text({
    help: "Where workers run: the name of a compute, with or without `azureml:`.",
    defaultText: "local",
  }),
  resources: object(resourceFields, "What a job gets of the compute."),
  identity,
  ...runFields,
};

/** Everything at the top of a deployment file of a model. `settings` is read with `allRunFields`. */
export const allModelDeploymentFields: FieldTable = {
  ...tableFields,
  ...modelDeploymentFields,
  settings: object(allRunFields, "Run settings; each may also stand at the top."),
};

export const pipelineDeploymentFields = {
  ...headFields,
  component: either(
    text({ help: "`azureml:name:version`, or a component file." }),
    freeMap("A component."),
    "The pipeline component to run.",
  ),
  job_definition: either(
    text({ help: "`azureml:job`." }),
    freeMap("A pipeline job."),
    "A pipeline job to take the component from.",
  ),
  settings: freeMap("default_compute, default_datastore, continue_on_step_failure, force_rerun."),
  compute: anything("Accepted and left aside; see settings.default_compute."),
};
