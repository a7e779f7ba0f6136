import { inputBinding, outputBinding } from "./binding-fields.ts";
import { echoedFields } from "./common-fields.ts";
import { runFields } from "./deployment-fields.ts";
import type { ReadTable } from "./field.ts";
import { integer, mapOf, object, text } from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

const fields = {
  $schema: echoedFields.$schema,
  endpoint: text({ help: "Endpoint." }),
  deployment: text({ help: "Deployment; the endpoint's default when it is not given." }),
  inputs: mapOf(
    inputBinding(),
    "Inputs by name. A deployment of a model takes exactly one; its name does not matter. Local paths are relative to the current directory.",
  ),
  outputs: mapOf(outputBinding(), "Outputs by name. A deployment of a model has one, of type uri_file."),
  // What a call may change, given with --set as well.
  job_name: text({ help: "Name of the job." }),
  output_file_name: runFields.output_file_name,
  error_threshold: runFields.error_threshold,
  mini_batch_size: runFields.mini_batch_size,
  max_concurrency_per_instance: runFields.max_concurrency_per_instance,
  retry_settings: runFields.retry_settings,
  logging_level: runFields.logging_level,
  compute: object(
    { instance_count: integer({ help: "Instances for this job.", min: 1, max: 10_000 }) },
    "What the job gets of its compute.",
  ),
};

export const invokeSchema: FileSchema<typeof fields> = {
  name: "BatchJobSchema",
  title: "Invocation of a batch endpoint",
  style: "fields",
  fields,
};

export type InvokeFile = ParsedFile<ReadTable<typeof fields>>;

/** Reads an invoke file, or options alone. */
export function parseInvokeFile(source: YamlSource, sets: readonly SetValue[]): InvokeFile {
  return parseFile(source, sets, invokeSchema);
}
