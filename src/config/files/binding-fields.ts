/** Inputs and outputs of jobs, as invoke files, pipeline jobs and their steps write them. */

import type { YamlValue } from "../yaml.ts";
import { type Field, type ReadTable, readFields } from "./field.ts";
import { anything, choice, object, text } from "./field-kinds.ts";

const dataTypes = ["uri_folder", "uri_file", "mltable", "custom_model", "mlflow_model", "triton_model"] as const;
const literalTypes = ["string", "boolean", "integer", "number"] as const;

const inputFields = {
  type: choice([...dataTypes, ...literalTypes], { help: "Kind of input.", defaultText: "uri_folder" }),
  path: text({ help: "Folder, file, URL, `azureml:name:version` or `azureml://datastores/…`." }),
  mode: choice(["ro_mount", "rw_mount", "download", "direct", "eval_mount", "eval_download"], {
    help: "How Azure hands it over. Accepted and left aside.",
  }),
  default: anything("Value of a literal."),
  min: anything("Least value of a literal."),
  max: anything("Greatest value of a literal."),
  optional: anything("Whether a literal may be missing."),
  description: text({ help: "Free text." }),
};

const outputFields = {
  type: choice(["uri_folder", "uri_file", "mltable", "custom_model", "mlflow_model", "triton_model"], {
    help: "Kind of output.",
    defaultText: "uri_folder",
  }),
  path: text({ help: "Where results are put: a local folder, or `azureml://datastores/…/paths/…`." }),
  mode: choice(["rw_mount", "upload", "mount", "direct"], {
    help: "How Azure takes it over. Accepted and left aside.",
  }),
  description: text({ help: "Free text." }),
};

/** A literal (text, number, boolean; also `${{…}}`), or data. */
export type JobInputValue =
  | { readonly kind: "literal"; readonly value: string | number | boolean; readonly text: string }
  | ({ readonly kind: "data" } & ReadTable<typeof inputFields>);

export type JobOutputValue = ReadTable<typeof outputFields>;

/** One input. */
export function inputBinding(): Field<JobInputValue> {
  return {
    kind: "text, number, true or false, or map",
    help: "A literal, or data.",
    fields: inputFields,
    read(value: YamlValue, place): JobInputValue | undefined {
      if (value.kind === "scalar") {
        return value.value === null ? undefined : { kind: "literal", value: value.value, text: value.text };
      }
      const read = object(inputFields, "").read(value, place);
      return read === undefined ? undefined : { kind: "data", ...read };
    },
  };
}

/** One output; text is `${{parent.outputs.x}}`, or `true` for a default. */
export function outputBinding(): Field<JobOutputValue | string> {
  return {
    kind: "map or text",
    help: "Where results are put.",
    fields: outputFields,
    read(value, place) {
      if (value.kind === "scalar") return value.text;
      return value.kind === "map"
        ? readFields(value, outputFields, place)
        : object(outputFields, "").read(value, place);
    },
  };
}
