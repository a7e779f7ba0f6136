/**
 * From a pipeline job with one parallel step to what a job of Batchwise needs: everything pinned, the input and the output found behind their bindings, the
 * arguments for the script with their values.
 */

import { randomBytes } from "node:crypto";
import { basename, resolve } from "node:path";
import type { JobInputValue, JobOutputValue } from "../config/files/binding-fields.ts";
import type { ModelDeploymentFile } from "../config/files/deployment-file.ts";
import type { ParallelStep, PipelineJobFile } from "../config/files/job-file.ts";
import { refuseAt } from "../config/files/parse-file.ts";
import { BatchwiseError } from "../errors.ts";
import type { Catalog } from "./catalog.ts";
import { pinDeployment } from "./deploy.ts";
import { fillArguments } from "./program-arguments.ts";
import type { DeploymentRecord } from "./records.ts";
import { parseNameReference, parseReference } from "./reference.ts";
import { resolveDataInput } from "./resolve-reference.ts";

export interface ParallelJob {
  /** Null for one that is made up; a name is made up here when the output's path asks for it. */
  readonly name: string | null;
  readonly displayName: string | null;
  readonly experiment: string | null;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Pinned, and not in the catalog: it belongs to no endpoint (`endpoint` is empty). */
  readonly deployment: DeploymentRecord;
  /** The input to score; a local path is absolute. */
  readonly input: { readonly name: string; readonly value: string; readonly type: "uri_folder" | "uri_file" | null };
  /** Where the results are put: an absolute folder or `azureml://…`; null for the job folder. */
  readonly outputPath: string | null;
  /** For the script, after those that Batchwise gives it. */
  readonly programArguments: readonly string[];
  readonly notices: readonly string[];
}

/** Reads what a pipeline job asks for, and registers its code and environment. Throws `file_invalid`, or `deployment_unsupported` for what cannot run here. */
export function prepareParallelJob(catalog: Catalog, file: PipelineJobFile): ParallelJob {
  const { value } = file;
  const [name, step] = findStep(file);
  const notices: string[] = [];
  const input = findInput(file, name, step);
  const output = findOutput(file, name, step);
  const { jobName, folder } = fillOutputPath(file, name, output.folder);
  const { words, errorThreshold } = readArguments(catalog, file, name, step);
  const { deployment, notices: pinning } = pinDeployment(
    catalog,
    toDeploymentFile(file, name, step, output, errorThreshold),
  );
  if ((step.mini_batch_error_threshold ?? -1) !== -1) {
    notices.push("mini_batch_error_threshold is left aside: error_threshold counts failed items");
  }
  return {
    name: jobName,
    displayName: value.display_name,
    experiment: value.experiment_name,
    description: value.description,
    tags: value.tags ?? {},
    properties: value.properties ?? {},
    deployment,
    input,
    outputPath: folder,
    programArguments: words,
    notices: [...notices, ...pinning],
  };
}

function findStep(file: PipelineJobFile): [string, ParallelStep] {
  const steps = [...(file.value.jobs ?? [])];
  const [first] = steps;
  if (first !== undefined && steps.length === 1) return first;
  throw unsupported(file, ["jobs"], `this pipeline has ${steps.length} steps, and one parallel step runs here`);
}

function findInput(file: PipelineJobFile, name: string, step: ParallelStep): ParallelJob["input"] {
  const key = readBinding(step.input_data, "inputs");
  const found = key === null ? null : followInput(file, step, key);
  if (key === null || found === null || found.kind === "literal" || found.path === null) {
    throw refuseAt(file, ["jobs", name, "input_data"], `input_data: ${step.input_data} leads to no input with a path`);
  }
  const type = found.type === "uri_file" ? "uri_file" : found.type === "uri_folder" ? "uri_folder" : null;
  if (found.type === "mltable") {
    throw unsupported(
      file,
      ["jobs", name, "input_data"],
      "input_data: an mltable cannot be read here; a folder or file is wanted",
    );
  }
  return { name: key, value: toAbsolute(found.path, file.baseDir), type };
}

/** The name in `${{inputs.x}}` or `${{parent.inputs.x}}`; null for any other text. */
function readBinding(text: string, what: "inputs" | "outputs"): string | null {
  const match = /^\s*\$\{\{\s*(?:parent\.)?(inputs|outputs)\.([\w.-]+)\s*\}\}\s*$/.exec(text);
  return match?.[1] === what ? (match[2] ?? null) : null;
}

/** An input of the step, and when that is one of the pipeline, that one. Null when it has no value. */
function followInput(file: PipelineJobFile, step: ParallelStep, key: string): JobInputValue | null {
  const own = step.inputs?.get(key);
  const text = own === undefined ? null : own.kind === "literal" ? own.text : own.path;
  const parent = text === null ? null : readBinding(text, "inputs");
  if (parent !== null) return file.value.inputs?.get(parent) ?? null;
  return own ?? file.value.inputs?.get(key) ?? null;
}

interface StepOutput {
  /** Whether returned rows are put into a file. */
  readonly hasRows: boolean;
  readonly folder: string | null;
  readonly fileName: string | null;
}

function findOutput(file: PipelineJobFile, name: string, step: ParallelStep): StepOutput {
  const written = step.task.append_row_to;
  const keys = written === null ? [...(step.outputs?.keys() ?? [])] : [readBinding(written, "outputs")];
  const [key] = keys;
  if (written !== null && (key == null || !hasOutput(file, step, key))) {
    throw refuseAt(
      file,
      ["jobs", name, "task", "append_row_to"],
      `append_row_to: ${written} names no output of this step`,
    );
  }
  const found = key == null ? null : followOutput(file, step, key);
  const path = found?.path ?? null;
  if (path === null) return { hasRows: written !== null, folder: null, fileName: null };
  const full = toAbsolute(path, file.baseDir);
  // A path of an output of type uri_file is the file; else it is a folder.
  if (found?.type !== "uri_file")
    return { hasRows: written !== null, folder: full.replace(/(?<=.)\/+$/, ""), fileName: null };
  return { hasRows: written !== null, folder: full.replace(/\/[^/]*$/, ""), fileName: basename(full) };
}

/** `${{name}}` and `${{default_datastore}}` in a path stand for the job's name and the store that is always there. */
function fillOutputPath(
  file: PipelineJobFile,
  step: string,
  folder: string | null,
): { readonly jobName: string | null; readonly folder: string | null } {
  const { name, settings } = file.value;
  if (folder === null || !folder.includes("${{")) return { jobName: name, folder };
  const jobName = name ?? `${step}-${randomBytes(6).toString("hex")}`;
  const datastore = parseNameReference(settings?.default_datastore ?? "workspaceblobstore");
  const filled = folder.replace(/\$\{\{\s*(name|default_datastore)\s*\}\}/g, (_, key) =>
    key === "name" ? jobName : datastore,
  );
  if (filled.includes("${{"))
    throw refuseAt(file, ["jobs", step, "outputs"], `outputs: the path ${folder} cannot be filled in`);
  return { jobName, folder: filled };
}

function hasOutput(file: PipelineJobFile, step: ParallelStep, key: string): boolean {
  return step.outputs?.has(key) === true || file.value.outputs?.has(key) === true;
}

function followOutput(file: PipelineJobFile, step: ParallelStep, key: string): JobOutputValue | null {
  const own = step.outputs?.get(key) ?? file.value.outputs?.get(key) ?? null;
  if (own === null || typeof own !== "string") return own;
  const parent = readBinding(own, "outputs");
  const found = parent === null ? null : file.value.outputs?.get(parent);
  return found === undefined || typeof found === "string" ? null : found;
}

function readArguments(catalog: Catalog, file: PipelineJobFile, name: string, step: ParallelStep) {
  const written = step.task.program_arguments;
  if (written === null) return { words: [], errorThreshold: null };
  const place = ["jobs", name, "task", "program_arguments"];
  try {
    return fillArguments(written, (kind, key) => {
      if (kind === "outputs") {
        throw unsupported(
          file,
          place,
          `program_arguments names the output ${key}, whose folder is another one for each worker`,
          "the script finds it in the environment variable AZUREML_BI_OUTPUT_PATH",
        );
      }
      const found = followInput(file, step, key);
      if (found === null) return null;
      if (found.kind === "literal") return found.text;
      if (found.path === null) return found.default == null ? null : String(found.default);
      return resolveDataInput(catalog, toAbsolute(found.path, file.baseDir), { type: null, baseDir: file.baseDir })
        .location;
    });
  } catch (error) {
    if (!(error instanceof BatchwiseError) || error.code !== "reference_invalid") throw error;
    throw refuseAt(file, place, `program_arguments: ${error.message}`);
  }
}

/** The step as a deployment would have it; errors point at the step's own keys. */
function toDeploymentFile(
  file: PipelineJobFile,
  name: string,
  step: ParallelStep,
  output: StepOutput,
  errorThreshold: number | null,
): ModelDeploymentFile {
  const { task } = step;
  const size = step.mini_batch_size ?? { files: 1 };
  if ("bytes" in size) {
    throw unsupported(
      file,
      ["jobs", name, "mini_batch_size"],
      "mini_batch_size in bytes is for tables; files are wanted, for example 10",
    );
  }
  if ((step.partition_keys ?? []).length > 0) {
    throw unsupported(
      file,
      ["jobs", name, "partition_keys"],
      "partition_keys are for tables, which cannot be read here",
    );
  }
  const settings = file.value.settings;
  const { environment } = task;
  return {
    form: "model",
    name,
    endpointName: "",
    description: step.description,
    tags: step.tags ?? {},
    properties: step.properties ?? {},
    baseDir: file.baseDir,
    placeOf: (...path) => file.placeOf("jobs", name, "task", ...translatePath(path)) ?? file.placeOf("jobs", name),
    notices: [],
    model: task.model,
    code: task.entry_script === null ? null : { code: task.code, scoringScript: task.entry_script },
    // Always anonymous here, as Azure has it.
    environment:
      environment === null || typeof environment === "string"
        ? environment
        : { value: { ...environment, name: null, version: null }, baseDir: file.baseDir },
    compute: step.compute ?? settings?.default_compute ?? file.value.compute,
    instanceType: step.resources?.instance_type ?? null,
    instanceCount: step.resources?.instance_count ?? null,
    run: {
      mini_batch_size: size.files,
      max_concurrency_per_instance: step.max_concurrency_per_instance,
      instance_count: null,
      error_threshold: step.error_threshold ?? errorThreshold,
      retry_settings: {
        max_retries: step.retry_settings?.max_retries ?? 2,
        timeout: step.retry_settings?.timeout ?? 60,
      },
      output_action: output.hasRows ? "append_row" : "summary_only",
      output_file_name: output.hasRows ? output.fileName : null,
      logging_level: toLevel(step.logging_level),
      environment_variables: step.environment_variables,
      gpus_per_worker: step.resources?.gpus_per_worker ?? null,
      memory_limit: step.memory_limit ?? step.resources?.memory_limit ?? null,
      auto_resume: null,
    },
    extra: {},
  };
}

function toLevel(word: ParallelStep["logging_level"]): "debug" | "info" | "warning" | null {
  return word === null ? null : ({ DEBUG: "debug", INFO: "info", WARNING: "warning" } as const)[word];
}

function translatePath([first, second]: readonly string[]): string[] {
  if (first === "code_configuration") return [second === "code" ? "code" : "entry_script"];
  return first === undefined ? [] : second === undefined ? [first] : [first, second];
}

/** Paths in a job file are relative to it. */
function toAbsolute(path: string, baseDir: string): string {
  return parseReference(path).kind === "path" && !/^file:/i.test(path) ? resolve(baseDir, path) : path;
}

function unsupported(file: PipelineJobFile, path: readonly string[], message: string, hint?: string): BatchwiseError {
  const place = file.placeOf(...path);
  return new BatchwiseError(
    "deployment_unsupported",
    `${place === null ? "" : `${place}: `}${message}`,
    hint === undefined ? {} : { hint },
  );
}
