import type { Field, FieldTable } from "../../src/config/files/field.ts";

/** As much of JSON Schema (draft 7, which editors know best) as the files need. */
export type JsonSchema = { readonly [key: string]: unknown };

/** The schema of a whole file. */
export function makeFileSchema(title: string, fields: FieldTable): JsonSchema {
  return { $schema: "http://json-schema.org/draft-07/schema#", title, ...describeFields(fields) };
}

function describeFields(fields: FieldTable): JsonSchema {
  const required = Object.keys(fields).filter((name) => fields[name]?.required === true);
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, describeField(field)])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

const scalar = ["string", "number", "boolean"];

function describeField(field: Field<unknown>): JsonSchema {
  const text = field.defaultText === undefined ? field.help : `${field.help} Default: ${field.defaultText}.`;
  return {
    ...(text === "" ? {} : { description: text }),
    ...(field.readOnly === true ? { readOnly: true } : {}),
    ...describeValue(field),
  };
}

/** What is refused here is refused by the reader too; what the reader is lenient about (`"10"`, words in capitals) an editor may mark. */
function describeValue(field: Field<unknown>): JsonSchema {
  const { alternatives, fields, items, kind, words, min, max } = field;
  if (alternatives !== undefined) return { anyOf: alternatives.map(describeField) };
  if (words !== undefined) return { type: "string", enum: words };
  // A literal beside a map with known keys, as inputs and outputs of jobs have it.
  if (fields !== undefined && kind !== "map") return { anyOf: [{ type: scalar }, describeFields(fields)] };
  if (fields !== undefined) return describeFields(fields);
  if (kind === "list") return { type: "array", ...(items === undefined ? {} : { items: describeField(items) }) };
  if (kind === "map of text") return { type: "object", additionalProperties: { type: scalar } };
  if (kind === "map")
    return { type: "object", ...(items === undefined ? {} : { additionalProperties: describeField(items) }) };
  const range = { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
  if (kind === "whole number") return { type: "integer", ...range };
  if (kind === "number") return { type: "number", ...range };
  if (kind === "true or false") return { type: "boolean" };
  // The settings table lists the words of a choice in this way.
  if (/^\w+(, \w+)+$/.test(kind)) return { type: "string", enum: kind.split(", ") };
  return kind === "anything" ? {} : { type: scalar };
}
