import { describedFields, echoedFields, endpointName, identity } from "./common-fields.ts";
import { type ReadTable, required } from "./field.ts";
import { choice, ignored, object, readOnly, text, textMap } from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

const fields = {
  ...echoedFields,
  name: required(endpointName("Name of the endpoint: 3 to 32 letters, digits and `-`, beginning with a letter.")),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  auth_mode: choice(["aad_token", "aml_token", "key"], {
    help: "How callers of the REST API prove who they are.",
    defaultText: "aad_token",
    snake: true,
  }),
  defaults: object(
    { deployment_name: text({ help: "Deployment that takes the jobs which name none." }) },
    "What holds for jobs that do not say otherwise.",
  ),
  identity,
  location: ignored("Region in Azure."),
  scoring_uri: readOnly(),
  openapi_uri: readOnly(),
};

export const endpointSchema: FileSchema<typeof fields> = {
  name: "BatchEndpointSchema",
  title: "Batch endpoint",
  style: "fields",
  fields,
};

export type EndpointFile = ParsedFile<ReadTable<typeof fields>>;

/** Reads an endpoint file. */
export function parseEndpointFile(source: YamlSource, sets: readonly SetValue[]): EndpointFile {
  return parseFile(source, sets, endpointSchema);
}
