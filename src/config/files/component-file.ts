import { describedFields, echoedFields } from "./common-fields.ts";
import { type ReadTable, required } from "./field.ts";
import { anything, freeMap, text, textMap } from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

/** A component file: kept as it is, since only its name, version and type matter here. */
const componentFields = {
  ...echoedFields,
  name: required(text({ help: "Name.", strict: true })),
  version: text({ help: "Version; the next number when it is not given." }),
  type: text({ help: "`pipeline`, `parallel` or `command`." }),
  display_name: text({ help: "Shown name." }),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  is_deterministic: anything("Whether Azure may reuse results."),
  inputs: freeMap("Inputs by name."),
  outputs: freeMap("Outputs by name."),
  jobs: freeMap("Steps by name."),
  task: freeMap("What a parallel component runs."),
  command: text({ help: "What a command component runs." }),
  code: text({ help: "Folder with its code." }),
  environment: anything("What it runs in."),
  input_data: text({ help: "The input whose files are scored." }),
  mini_batch_size: anything("Files of one mini-batch."),
  partition_keys: anything("Keys that partition a table."),
  mini_batch_error_threshold: anything("Failed mini-batches still accepted."),
  error_threshold: anything("Failed items still accepted."),
  retry_settings: anything("What happens when run() fails."),
  max_concurrency_per_instance: anything("Workers of one instance."),
  logging_level: anything("Level handed to the script."),
  resources: anything("What it gets of the compute."),
  distribution: anything("Kept."),
  settings: anything("Kept."),
};

export const componentSchema: FileSchema<typeof componentFields> = {
  name: "ComponentSchema",
  title: "Component",
  style: "numbered",
  fields: componentFields,
};

export type ComponentFile = ParsedFile<ReadTable<typeof componentFields>>;

/** Reads a component file. */
export function parseComponentFile(source: YamlSource, sets: readonly SetValue[]): ComponentFile {
  return parseFile(source, sets, componentSchema);
}
