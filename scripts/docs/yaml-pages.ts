import { dataSchema, environmentSchema, modelSchema } from "../../src/config/files/asset-files.ts";
import { componentSchema } from "../../src/config/files/component-file.ts";
import { computeSchema } from "../../src/config/files/compute-file.ts";
import { datastoreSchema } from "../../src/config/files/datastore-file.ts";
import { modelDeploymentFields, pipelineDeploymentFields } from "../../src/config/files/deployment-fields.ts";
import { deploymentSchema } from "../../src/config/files/deployment-file.ts";
import { endpointSchema } from "../../src/config/files/endpoint-file.ts";
import type { Field, FieldTable } from "../../src/config/files/field.ts";
import { invokeSchema } from "../../src/config/files/invoke-file.ts";
import { pipelineJobSchema } from "../../src/config/files/job-file.ts";
import { makeFileSchema } from "./json-schema.ts";
import { renderPage, renderTable } from "./page.ts";

interface FileKind {
  readonly title: string;
  readonly fields: FieldTable;
  /** The commands that take such a file. */
  readonly command: string;
}

/** Every kind of YAML file, by the name of its page. */
const kinds: Readonly<Record<string, FileKind>> = {
  "batch-endpoint": { ...endpointSchema, command: "batchwise batch-endpoint create -f FILE" },
  "batch-deployment": {
    title: deploymentSchema.title,
    // What Azure ML knows first.
    fields: { ...modelDeploymentFields, ...deploymentSchema.fields },
    command: "batchwise batch-deployment create -f FILE",
  },
  "pipeline-deployment": {
    title: "Deployment of a pipeline component",
    fields: pipelineDeploymentFields,
    command: "batchwise batch-deployment create -f FILE",
  },
  invoke: { ...invokeSchema, command: "batchwise batch-endpoint invoke -n NAME -f FILE" },
  "pipeline-job": { ...pipelineJobSchema, command: "batchwise job create -f FILE" },
  model: { ...modelSchema, command: "batchwise model create -f FILE" },
  data: { ...dataSchema, command: "batchwise data create -f FILE" },
  environment: { ...environmentSchema, command: "batchwise environment create -f FILE" },
  component: { ...componentSchema, command: "batchwise component create -f FILE" },
  compute: { ...computeSchema, command: "batchwise compute create -f FILE" },
  datastore: { ...datastoreSchema, command: "batchwise datastore create -f FILE" },
};

/** A page and a JSON Schema for each kind of file, and a page that lists them. */
export function renderYamlPages(): Map<string, string> {
  const pages = new Map<string, string>();
  for (const [name, { title, fields, command }] of Object.entries(kinds)) {
    pages.set(`docs/reference/yaml/${name}.md`, renderKind(name, title, fields, command));
    pages.set(schemaPath(name), `${JSON.stringify(makeFileSchema(title, fields), null, 2)}\n`);
  }
  const rows = Object.entries(kinds).map(([name, { title, command }]) => [
    `[${title}](${name}.md)`,
    `\`${command}\``,
    `[${name}.schema.json](../schemas/${name}.schema.json)`,
  ]);
  const lines = [
    "What may stand in each kind of YAML file. Paths in a file are relative to that file; `$HOME` and `~` stay as they are written. `--set KEY=VALUE` puts values into a file before it is read.",
    "",
    ...renderTable(["File", "Taken by", "JSON Schema"], rows),
    "",
    "An editor that knows the YAML language server checks a file by its schema when the first line says where that is:",
    "",
    "```yaml",
    "# yaml-language-server: $schema=/path/to/batchwise/docs/reference/schemas/batch-deployment.schema.json",
    "```",
  ];
  return pages.set("docs/reference/yaml/README.md", renderPage("YAML files", "src/config/files", lines));
}

function schemaPath(name: string): string {
  return `docs/reference/schemas/${name}.schema.json`;
}

function renderKind(name: string, title: string, fields: FieldTable, command: string): string {
  const rows = listRows(fields, "");
  const lines = [
    `Taken by \`${command}\`. [JSON Schema](../schemas/${name}.schema.json) for editors.`,
    "",
    ...renderTable(
      ["Key", "Meaning", "Value", "Default"],
      rows.filter(({ isReadOnly }) => !isReadOnly).map(({ cells }) => cells),
    ),
  ];
  const readOnly = rows.filter(({ isReadOnly }) => isReadOnly).map(({ cells }) => cells[0]);
  if (readOnly.length > 0)
    lines.push("", `Accepted and ignored, so that what \`show\` prints can be fed back: ${readOnly.join(", ")}.`);
  return renderPage(title, "src/config/files", lines);
}

interface Row {
  readonly cells: readonly string[];
  readonly isReadOnly: boolean;
}

/** A row for each key, those of inner maps after the map's own. */
function listRows(fields: FieldTable, prefix: string): Row[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const cells = [
      `\`${name}\`${field.required === true ? " (required)" : ""}`,
      field.help,
      describeValue(field),
      field.defaultText === undefined ? "" : `\`${field.defaultText}\``,
    ];
    return [{ cells, isReadOnly: field.readOnly === true }, ...listInner(field, name)];
  });
}

function listInner(field: Field<unknown>, name: string): Row[] {
  // Each setting below `settings` stands in the table already, at the top.
  if (name === "settings" && field.fields !== undefined && "mini_batch_size" in field.fields) return [];
  const inner = [field, ...(field.alternatives ?? [])].find((each) => each.fields !== undefined);
  if (inner?.fields !== undefined) return listRows(inner.fields, `${name}.`);
  return field.items?.fields === undefined ? [] : listRows(field.items.fields, `${name}.NAME.`);
}

function describeValue(field: Field<unknown>): string {
  if (field.words !== undefined) return field.words.map((word) => `\`${word}\``).join(", ");
  const { kind, min, max } = field;
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  return min === undefined ? kind : `${kind}, at least ${min}`;
}
