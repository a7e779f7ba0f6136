/**
 * Azure ML's batch deployment files, in both shapes: the older flat one, and `type: model` with the run settings below `settings`. Each setting is taken in
 * either place; in both with different values is an error. Paths are relative to the file. What only Azure has a use for is accepted and left aside.
 */

import { dirname } from "node:path";
import type { BatchwiseError } from "../errors.ts";
import { readEnvironment } from "./deployment-environment.ts";
import { type DeploymentKeys, openDeploymentKeys } from "./deployment-keys.ts";
import { jobSettingTable } from "./job-setting-table.ts";
import type { SettingLayer, WrittenValue } from "./setting-layer.ts";
import type { SettingName } from "./settings.ts";
import { readYamlFile, type YamlEntry, type YamlFile, type YamlScalar } from "./yaml.ts";

export interface Deployment {
  /** Of the deployment, for BATCHWISE_PYTHONS; null when the file has none. */
  readonly name: string | null;
  /** What the file says, as settings. */
  readonly layer: SettingLayer;
  /** What was left aside and somebody might miss. */
  readonly notices: readonly string[];
}

/** Settings whose key says it all; the others are read below. */
const plainSettings = (Object.keys(jobSettingTable) as (keyof typeof jobSettingTable)[]).filter((name) => {
  const key = jobSettingTable[name].fileKey;
  return key !== null && !/^(code_configuration|model|environment)\./.test(key);
});

/** Settings that may stand below `resources` too. */
const resourceKeys = new Set(["gpus_per_worker", "memory_limit"]);

/** Reads a deployment file. `specFolder` is where a conda file that is written inside it is put. Throws a BatchwiseError with line and column. */
export function readDeploymentFile(path: string, specFolder: string): Deployment {
  const file = readYamlFile(path);
  const keys = openDeploymentKeys(file);
  const notices: string[] = [];
  const layer = new Map<SettingName, WrittenValue>();
  refusePipeline(file, keys);
  for (const name of plainSettings) {
    const key = jobSettingTable[name].fileKey as string;
    const entry = keys.find(key) ?? (resourceKeys.has(key) ? keys.find(`resources.${key}`) : null);
    if (entry !== null) layer.set(name, readSetting(file, name, entry, notices));
  }
  readCode(file, keys, layer);
  readModel(file, keys, layer);
  const environment = keys.find("environment");
  if (environment !== null) {
    const { spec, python } = readEnvironment(file, environment, specFolder, notices);
    if (python !== null) layer.set("python", python);
    else if (spec !== null) layer.set("environmentFile", spec);
  }
  noteCompute(keys, notices);
  const name = keys.find("name")?.value;
  return { name: name?.kind === "scalar" ? name.text : null, layer, notices };
}

function refusePipeline(file: YamlFile, keys: DeploymentKeys): void {
  const type = keys.find("type");
  const word = type?.value.kind === "scalar" ? type.value.text.toLowerCase() : null;
  if (type === null || word === "model") return;
  if (word === "pipeline" || word === "component") {
    throw file.refuse(
      "deployment_unsupported",
      type.at,
      "this is a pipeline deployment, and a deployment of a model is wanted",
    );
  }
  throw file.refuse(
    "invalid_value",
    type.at,
    `type: ${JSON.stringify(word)} is not allowed; wanted: model, or no type`,
  );
}

function readSetting(
  file: YamlFile,
  name: keyof typeof jobSettingTable,
  entry: YamlEntry,
  notices: string[],
): WrittenValue {
  const { kind, fileKey } = jobSettingTable[name];
  const place = { label: `${fileKey} (${file.place(entry.at)})`, baseDir: dirname(file.path) };
  const { value } = entry;
  if (name === "environmentVariables") return { raw: readVariables(file, entry), place };
  if (value.kind !== "scalar") return { raw: value.kind === "map" ? {} : [], place };
  // Text is taken as it is written: a file may well be named `2024-01-01` or `no`.
  const isText = kind.allowed === null || name === "outputFileName";
  const raw = isText ? value.text : value.value;
  if (typeof raw === "number" && !Number.isInteger(raw) && kind.placeholder === "N") {
    notices.push(`${place.label}: ${raw} is read as ${Math.trunc(raw)}, as Azure ML does`);
  }
  return { raw, place };
}

/** Values are taken as they are written: `no` is no boolean and `010` is not 8 in an environment variable. */
function readVariables(file: YamlFile, { value }: YamlEntry): Record<string, string> {
  if (value.kind === "scalar" && value.value === null) return {};
  if (value.kind !== "map")
    throw file.refuse("invalid_value", value, "environment_variables: a map of names and values is wanted");
  const variables: [string, string][] = [];
  for (const [name, entry] of value.entries) {
    if (entry.value.kind !== "scalar")
      throw file.refuse("invalid_value", entry.value, `environment_variables.${name}: text is wanted`);
    variables.push([name, entry.value.text]);
  }
  return Object.fromEntries(variables);
}

function readCode(file: YamlFile, keys: DeploymentKeys, layer: Map<SettingName, WrittenValue>): void {
  const code = keys.find("code_configuration.code");
  const script = keys.find("code_configuration.scoring_script");
  const baseDir = dirname(file.path);
  if (code !== null) {
    const written = wantText(file, code, "code_configuration.code");
    const place = { label: `code_configuration.code (${file.place(code.at)})`, baseDir };
    layer.set(
      "codeDir",
      isAssetReference(written.text)
        ? { problem: refuseAsset(file, written, "code", "--code"), place }
        : { raw: written.text, place },
    );
  }
  if (script !== null) {
    const written = wantText(file, script, "code_configuration.scoring_script");
    layer.set("script", {
      raw: written.text,
      place: { label: `code_configuration.scoring_script (${file.place(script.at)})`, baseDir },
    });
    return;
  }
  if (code !== null) {
    throw file.refuse(
      "missing_option",
      code.at,
      "code_configuration has code and no scoring_script",
      "name the script in scoring_script, relative to code",
    );
  }
}

function readModel(file: YamlFile, keys: DeploymentKeys, layer: Map<SettingName, WrittenValue>): void {
  const model = keys.find("model");
  if (model === null) return;
  const { value } = model;
  const place = { label: `model (${file.place(model.at)})`, baseDir: dirname(file.path) };
  if (value.kind === "scalar") {
    const problem = isAssetReference(value.text)
      ? refuseAsset(file, value, "model", "--model")
      : file.refuse(
          "invalid_value",
          value,
          `model: ${JSON.stringify(value.text)} is not allowed; wanted: a map with path`,
          "write model: {path: …}",
        );
    layer.set("model", { problem, place });
    return;
  }
  const path = keys.find("model.path");
  if (path === null) {
    layer.set("model", { problem: file.refuse("missing_option", model.at, "model has no path"), place });
    return;
  }
  const written = wantText(file, path, "model.path");
  const isRemote = isAssetReference(written.text);
  layer.set(
    "model",
    isRemote ? { problem: refuseAsset(file, written, "model", "--model"), place } : { raw: written.text, place },
  );
}

function noteCompute(keys: DeploymentKeys, notices: string[]): void {
  const compute = keys.find("compute");
  if (
    compute?.value.kind === "scalar" &&
    !/^(azureml:)?local$/i.test(compute.value.text) &&
    compute.value.text !== ""
  ) {
    notices.push(`compute ${JSON.stringify(compute.value.text)} is left aside: the job runs on this machine`);
  }
  const count = keys.find("resources.instance_count") ?? keys.find("instance_count");
  if (count?.value.kind === "scalar" && Number(count.value.value) > 1) {
    notices.push(
      `instance_count ${count.value.text} is left aside: the job runs on this machine; --workers says with how many processes`,
    );
  }
}

function wantText(file: YamlFile, entry: YamlEntry, key: string): YamlScalar {
  const { value } = entry;
  if (value.kind === "scalar" && value.value !== null && value.text !== "") return value;
  throw file.refuse("invalid_value", entry.at, `${key}: text is wanted`);
}

/** Whether a text names something registered or remote rather than a path. */
function isAssetReference(text: string): boolean {
  return /^(azureml:|runs:|https?:|wasbs?:|abfss?:|file:\/\/)/i.test(text) || text.startsWith("/subscriptions/");
}

function refuseAsset(file: YamlFile, value: YamlScalar, what: string, option: string): BatchwiseError {
  return file.refuse(
    "deployment_unsupported",
    value,
    `${what}: ${JSON.stringify(value.text)} names a registered or remote ${what}, and batchwise score takes local paths only`,
    `give its path with ${option}, or write the path into the file`,
  );
}
