/** Reads deployment files in all their forms. What `batchwise score -f` makes of them is in `../deployment-file.ts`; the keys are the same. */

import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { toPlain, type YamlEntry, type YamlMap } from "../yaml.ts";
import { type InlineEnvironment, type InlineModel, parseEnvironmentFile } from "./asset-files.ts";
import {
  allModelDeploymentFields,
  allRunFields,
  type modelDeploymentFields,
  pipelineDeploymentFields,
  type runFields,
  tableSettings,
} from "./deployment-fields.ts";
import { below, type FieldPlace, type FieldTable, type ReadTable, report } from "./field.ts";
import { type FileSchema, type ParsedFile, parseContent } from "./parse-file.ts";
import { readSource, type SetValue, type SourceContent, type YamlSource } from "./source.ts";

type RunValues = ReadTable<typeof runFields>;

interface DeploymentHead {
  /** Lower case, as Azure's client makes it. */
  readonly name: string;
  /** Lower case. */
  readonly endpointName: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** What paths in the file are relative to. */
  readonly baseDir: string;
  placeOf: ParsedFile<unknown>["placeOf"];
  readonly notices: readonly string[];
}

/** A deployment of a model, as its file has it; null where the file says nothing. */
export interface ModelDeploymentFile extends DeploymentHead {
  readonly form: "flat" | "model";
  /** Text is a reference. */
  readonly model: string | InlineModel | null;
  readonly code: { readonly code: string | null; readonly scoringScript: string } | null;
  /** Text is a reference; `baseDir` is what the paths of an inline one are relative to. */
  readonly environment: string | { readonly value: InlineEnvironment; readonly baseDir: string } | null;
  readonly compute: string | null;
  readonly instanceType: string | null;
  readonly instanceCount: number | null;
  readonly run: Readonly<RunValues>;
  /** Settings that only Batchwise has, by their name in the settings table; values as they are written. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A deployment of a pipeline component. */
export interface PipelineDeploymentFile extends DeploymentHead {
  readonly form: "pipeline";
  readonly component: string | Readonly<Record<string, unknown>> | null;
  readonly jobDefinition: string | Readonly<Record<string, unknown>> | null;
  readonly settings: Readonly<Record<string, unknown>>;
}

export type DeploymentFile = ModelDeploymentFile | PipelineDeploymentFile;

/** Reads a deployment file. Throws `file_invalid` with every mistake in it. */
export function parseDeploymentFile(source: YamlSource, sets: readonly SetValue[]): DeploymentFile {
  const content = readSource(source, sets);
  const type = content.root.kind === "map" ? content.root.entries.get("type")?.value : undefined;
  // Compared exactly, as Azure does: any other text means the flat form.
  const word = type?.kind === "scalar" ? type.text : null;
  return word === "pipeline" || word === "component" ? readPipeline(content) : readModelForm(content, word === "model");
}

function readPipeline(content: SourceContent): PipelineDeploymentFile {
  const schema: FileSchema<typeof pipelineDeploymentFields> = {
    name: "PipelineComponentBatchDeploymentSchema",
    title: "Deployment of a pipeline component",
    style: "fields",
    fields: pipelineDeploymentFields,
    check(value, root, place) {
      if (value.component === null && value.job_definition === null) {
        report(
          below(place, "component"),
          root,
          "Missing data for required field.",
          "component or job_definition is wanted",
        );
      }
    },
  };
  const file = parseContent(content, schema);
  const { value } = file;
  return {
    ...readHead(file, value),
    form: "pipeline",
    component: value.component,
    jobDefinition: value.job_definition,
    settings: value.settings ?? {},
  };
}

/** Of a deployment of a model; `check` sees the settings of both places. */
export const deploymentSchema: FileSchema<FieldTable> = {
  name: "BatchDeploymentSchema",
  title: "Deployment of a model",
  style: "fields",
  fields: allModelDeploymentFields,
  check: checkDeployment,
};

function readModelForm(content: SourceContent, hasType: boolean): ModelDeploymentFile {
  const name = hasType ? "ModelBatchDeploymentSchema" : deploymentSchema.name;
  const file = parseContent(content, { ...deploymentSchema, name });
  const value = file.value as ReadTable<typeof modelDeploymentFields> & ReadTable<FieldTable>;
  const run = mergePlaces(value, (value.settings ?? {}) as Record<string, unknown>);
  const code = value.code_configuration;
  const count = value.resources?.instance_count ?? (run.instance_count as number | null);
  return {
    ...readHead(file, value),
    form: hasType ? "model" : "flat",
    model: value.model as ModelDeploymentFile["model"],
    code: code?.scoring_script ? { code: code.code, scoringScript: code.scoring_script } : null,
    environment: readEnvironment(value.environment as string | InlineEnvironment | null, content.baseDir),
    compute: value.compute,
    instanceType: value.resources?.instance_type ?? null,
    instanceCount: count,
    run: {
      ...(run as RunValues),
      gpus_per_worker: value.resources?.gpus_per_worker ?? (run.gpus_per_worker as number | null),
      memory_limit: value.resources?.memory_limit ?? (run.memory_limit as number | null),
    },
    extra: Object.fromEntries(
      [...tableSettings].filter(([key]) => run[key] !== null).map(([key, setting]) => [setting, run[key]]),
    ),
  };
}

function readHead(
  file: ParsedFile<unknown>,
  value: Pick<
    ReadTable<typeof pipelineDeploymentFields>,
    "name" | "endpoint_name" | "description" | "tags" | "properties"
  >,
): DeploymentHead {
  return {
    name: value.name.toLowerCase(),
    endpointName: value.endpoint_name.toLowerCase(),
    description: value.description,
    tags: value.tags ?? {},
    properties: value.properties ?? {},
    baseDir: file.baseDir,
    placeOf: file.placeOf,
    notices: [],
  };
}

/** Each run setting from where it stands; `checkDeployment` made sure that the two places do not contradict each other. */
function mergePlaces(top: Record<string, unknown>, settings: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const key of Object.keys(allRunFields)) {
    const [first, second] = [top[key] ?? null, settings[key] ?? null];
    merged[key] = isTable(first) && isTable(second) ? fillIn(first, second) : (first ?? second);
  }
  return merged;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fillIn(first: Record<string, unknown>, second: Record<string, unknown>): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...second };
  for (const [key, value] of Object.entries(first)) if (value !== null) filled[key] = value;
  return filled;
}

/** `file:environment.yml` is another file, with paths relative to itself. */
function readEnvironment(
  written: string | InlineEnvironment | null,
  baseDir: string,
): ModelDeploymentFile["environment"] {
  if (written === null) return null;
  if (typeof written !== "string") return { value: written, baseDir };
  const other = /^file:(?!\/\/)(.+)$/.exec(written)?.[1];
  if (other === undefined) return written;
  const file = parseEnvironmentFile({ path: resolve(baseDir, other) }, []);
  return { value: file.value, baseDir: file.baseDir };
}

function checkDeployment(value: ReadTable<FieldTable>, root: YamlMap, place: FieldPlace): void {
  const settings = root.entries.get("settings")?.value;
  const inner = settings?.kind === "map" ? settings : null;
  if (inner !== null) refuseContradictions(root, inner, place);
  refuseLonelyCode(root, place);
  const find = (key: string) => root.entries.get(key) ?? inner?.entries.get(key);
  const merged = mergePlaces(value, (value.settings ?? {}) as Record<string, unknown>);
  const fileName = find("output_file_name");
  if (merged.output_action === "summary_only" && merged.output_file_name !== null && fileName !== undefined) {
    report(
      below(place, "output_file_name"),
      fileName.at,
      "When output_action is set to summary_only, the output_file_name need not to be specified.",
    );
  }
  const count = find("instance_count");
  if (count !== undefined && root.entries.has("resources")) {
    report(below(place, "instance_count"), count.at, "Can't set instance_count when resources is provided.");
  }
}

function refuseContradictions(top: YamlMap, settings: YamlMap, place: FieldPlace): void {
  for (const [key, second] of settings.entries) {
    const first = top.entries.get(key);
    if (first === undefined || !Object.hasOwn(allRunFields, key)) continue;
    const contradiction = findContradiction(first, second);
    if (contradiction !== null) {
      report(
        below(below(place, "settings"), key),
        contradiction.at,
        `${key} stands at the top (line ${first.at.line}) and below settings, with different values; keep one of them.`,
      );
    }
  }
}

/** Where the second place says something else than the first; null when they agree or add to each other. */
function findContradiction(first: YamlEntry, second: YamlEntry): YamlEntry | null {
  const [a, b] = [first.value, second.value];
  if (a.kind === "map" && b.kind === "map") {
    for (const [key, entry] of b.entries) {
      const other = a.entries.get(key);
      const found = other === undefined ? null : findContradiction(other, entry);
      if (found !== null) return found;
    }
    return null;
  }
  const isEmpty = [a, b].some((value) => value.kind === "scalar" && value.value === null);
  return isEmpty || isDeepStrictEqual(toPlain(a), toPlain(b)) ? null : second;
}

function refuseLonelyCode(root: YamlMap, place: FieldPlace): void {
  const code = root.entries.get("code_configuration")?.value;
  if (code?.kind !== "map") return;
  const script = code.entries.get("scoring_script")?.value;
  if (script !== undefined && !(script.kind === "scalar" && (script.value === null || script.text === ""))) return;
  const at = code.entries.get("code")?.at ?? code;
  report(below(below(place, "code_configuration"), "scoring_script"), at, "scoring script can't be empty");
}
