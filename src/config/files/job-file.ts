/** Reads job files: a pipeline of parallel steps. `${{…}}` stays as it is written. */

import { BatchwiseError } from "../../errors.ts";
import type { YamlValue } from "../yaml.ts";
import { inlineEnvironment, inlineModel } from "./asset-files.ts";
import { inputBinding, outputBinding } from "./binding-fields.ts";
import { byteCount, describedFields, echoedFields, identity } from "./common-fields.ts";
import { resourceFields } from "./deployment-fields.ts";
import { type Field, type ReadTable, report, required } from "./field.ts";
import {
  anything,
  choice,
  either,
  ignored,
  integer,
  list,
  mapOf,
  object,
  readOnly,
  text,
  textMap,
} from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseContent } from "./parse-file.ts";
import { readSource, type SetValue, type YamlSource } from "./source.ts";

const maxCount = 2_147_483_647;

/** Files of a folder, or bytes of a table. */
export type MiniBatchSize = { readonly files: number } | { readonly bytes: number };

function miniBatchSize(): Field<MiniBatchSize> {
  return {
    kind: "files, or bytes such as 10kb",
    help: "Files handed to one run() call; bytes with a unit, for tables.",
    defaultText: "1",
    pattern: "^\\d+([kKmMgG][bB])*$",
    read(value, place) {
      const written = value.kind === "scalar" ? value.text : "";
      const match = /^(\d+)([kmg])?(b)?$/i.exec(written);
      const count = Number(match?.[1] ?? 0);
      if (match === null || (match[2] === undefined) !== (match[3] === undefined) || count < 1 || count > maxCount) {
        return report(place, value, "Not a valid mini_batch_size.", "wanted: files such as 10, or bytes such as 10kb");
      }
      const power = ["", "k", "m", "g"].indexOf((match[2] ?? "").toLowerCase());
      return power === 0 ? { files: count } : { bytes: count * 1024 ** power };
    },
  };
}

const taskFields = {
  type: choice(["run_function", "function", "model"], { help: "Kind of task.", defaultText: "run_function" }),
  code: text({ help: "Folder with the script, relative to this file." }),
  entry_script: text({ help: "The script in it, with init() and run(mini_batch)." }),
  environment: either(
    text({ help: "`azureml:name:version` or `file:environment.yml`." }),
    inlineEnvironment,
    "What the script runs in.",
  ),
  program_arguments: text({
    help: `Arguments for the script; \`\${{inputs.x}}\` is replaced, \`$[[…]]\` goes when the input is not set.`,
  }),
  append_row_to: text({
    help: `\`\${{outputs.y}}\`: the output that returned rows are put into; without it the script writes its own files.`,
  }),
  model: either(text({ help: "`azureml:name:version`." }), inlineModel, "What scores."),
};

const parallelFields = {
  type: required(choice(["parallel"], { help: "Kind of step." })),
  name: text({ help: "Name of the component." }),
  version: text({ help: "Version of the component." }),
  display_name: text({ help: "Shown name." }),
  ...describedFields,
  is_deterministic: ignored("Whether Azure may reuse results."),
  task: required(object(taskFields, "What is run.")),
  input_data: required(text({ help: `\`\${{inputs.x}}\`: the input whose files are scored.` })),
  mini_batch_size: miniBatchSize(),
  partition_keys: list(text({ help: "Key." }), "Keys that partition a table; not supported here."),
  mini_batch_error_threshold: integer({
    help: "Failed mini-batches still accepted.",
    defaultText: "-1",
    min: -1,
    max: maxCount,
  }),
  error_threshold: integer({ help: "Failed items still accepted.", defaultText: "-1", min: -1, max: maxCount }),
  retry_settings: object(
    {
      max_retries: integer({ help: "Further attempts after a failed one.", defaultText: "2", min: 0, max: 1000 }),
      timeout: integer({ help: "Seconds that one run() call may take.", defaultText: "60", min: 1, max: 31_536_000 }),
    },
    "What happens when run() fails.",
  ),
  max_concurrency_per_instance: integer({ help: "Workers of one instance.", min: 1, max: 1024 }),
  logging_level: choice(["DEBUG", "INFO", "WARNING"], {
    help: "Level handed to the script.",
    defaultText: "INFO",
    exact: true,
  }),
  inputs: mapOf(inputBinding(), "Inputs by name."),
  outputs: mapOf(outputBinding(), "Outputs by name."),
  compute: text({ help: "Where the step runs; the pipeline's default when it is not given." }),
  resources: object(resourceFields, "What the step gets of the compute."),
  memory_limit: byteCount("Memory of one worker."),
  environment_variables: textMap("Environment variables for the script."),
  identity,
  properties: textMap("Names and values that tools keep here."),
};

export type ParallelStep = ReadTable<typeof parallelFields>;

const parallelStep: Field<ParallelStep> = {
  ...object(parallelFields, "A parallel step."),
  read(value: YamlValue, place) {
    const type = value.kind === "map" ? value.entries.get("type")?.value : undefined;
    const word = type?.kind === "scalar" ? type.text.toLowerCase() : null;
    if (value.kind === "map" && word !== null && word !== "parallel") {
      return report(place, type ?? value, `Unsupported job type: ${word}.`, "steps of type parallel run here");
    }
    return object(parallelFields, "").read(value, place);
  },
};

const pipelineFields = {
  ...echoedFields,
  type: required(choice(["pipeline"], { help: "Kind of job." })),
  name: text({ help: "Name of the job; one is made up when it is not given." }),
  display_name: text({ help: "Shown name." }),
  experiment_name: text({ help: "Experiment that it is listed under." }),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  inputs: mapOf(inputBinding(), "Inputs by name."),
  outputs: mapOf(outputBinding(), "Outputs by name."),
  jobs: mapOf(parallelStep, "The steps by name. One parallel step runs here."),
  compute: text({ help: "Where steps run that say nothing." }),
  component: anything("A pipeline component; not supported here."),
  identity,
  settings: object(
    {
      default_compute: text({ help: "Where steps run that say nothing." }),
      default_datastore: text({ help: "Accepted and left aside." }),
      continue_on_step_failure: anything("Accepted and left aside."),
      force_rerun: anything("Accepted: results are never reused here."),
    },
    "What holds for all steps.",
  ),
  status: readOnly(),
  services: readOnly(),
};

export const pipelineJobSchema: FileSchema<typeof pipelineFields> = {
  name: "PipelineJobSchema",
  title: "Pipeline job with a parallel step",
  style: "numbered",
  fields: pipelineFields,
  check(value, root, place) {
    if (value.jobs === null && value.component === null) {
      report({ ...place, path: ["jobs"] }, root, "Missing data for required field.");
    }
  },
};

export type PipelineJobFile = ParsedFile<ReadTable<typeof pipelineFields>>;

/** Reads a job file. Throws `file_invalid`; `deployment_unsupported` for kinds of jobs that Batchwise does not run. */
export function parseJobFile(source: YamlSource, sets: readonly SetValue[]): PipelineJobFile {
  const content = readSource(source, sets);
  const type = content.root.kind === "map" ? content.root.entries.get("type")?.value : undefined;
  const word = type?.kind === "scalar" ? type.text : "command";
  if (word.toLowerCase() !== "pipeline") {
    throw new BatchwiseError("deployment_unsupported", `Unsupported job type: ${word}.`, {
      hint:
        word === "parallel"
          ? "put the step below jobs of a job of type pipeline"
          : "a pipeline with one parallel step runs here",
    });
  }
  return parseContent(content, pipelineJobSchema);
}
