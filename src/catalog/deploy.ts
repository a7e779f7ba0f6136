/** From a deployment file to a deployment with everything pinned: model version, code snapshot, environment definition. */

import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { ModelDeploymentFile } from "../config/files/deployment-file.ts";
import { refuseAt } from "../config/files/parse-file.ts";
import { isInside } from "../config/is-inside.ts";
import { findMlmodelFile } from "../config/mlflow-model.ts";
import { BatchwiseError } from "../errors.ts";
import { addVersion, type Registered, type VersionDraft } from "./asset-versions.ts";
import type { Catalog } from "./catalog.ts";
import type { AssetRecord, AssetRef, DeploymentRecord, DeploymentSettings } from "./records.ts";
import { parseNameReference, parseReference } from "./reference.ts";
import { prepareCode, prepareEnvironment, prepareModel } from "./register-asset.ts";
import { resolveAsset, resolveContent } from "./resolve-reference.ts";
import { makeNotFound } from "./resource-ids.ts";

export interface Deployed {
  readonly deployment: DeploymentRecord;
  /** What was registered on the way, or found to be there. */
  readonly registered: readonly Registered[];
  /** What the user should know: what was mapped or left aside. */
  readonly notices: readonly string[];
}

export interface DeployOptions {
  /** Makes it the endpoint's default. */
  readonly setDefault?: boolean;
}

/** An asset that is there, or a version to be. */
type Part = { readonly asset: AssetRecord } | { readonly draft: VersionDraft };

/**
 * Makes or replaces a deployment. Content is kept first, then everything is written in one transaction: what is killed on the way leaves no deployment, and
 * no version, half-made. Throws `resource_not_found` for an endpoint or asset that is not there, `file_invalid` for what is missing.
 */
export function deploy(catalog: Catalog, file: ModelDeploymentFile, options: DeployOptions = {}): Deployed {
  requireEndpoint(catalog, file.endpointName);
  const parts = prepareParts(catalog, file);
  return catalog.transaction(() => {
    const endpoint = requireEndpoint(catalog, file.endpointName);
    const deployed = pinParts(catalog, file, parts);
    const before = catalog.deployments.get(endpoint.name, file.name);
    const deployment: DeploymentRecord = {
      ...deployed.deployment,
      endpoint: endpoint.name,
      createdAt: before?.createdAt ?? deployed.deployment.createdAt,
    };
    catalog.deployments.put(deployment);
    if (options.setDefault === true) {
      catalog.endpoints.put({ ...endpoint, defaultDeployment: file.name, modifiedAt: deployment.modifiedAt });
    }
    return { ...deployed, deployment };
  });
}

/** Pins what a deployment would, without making one: for a job that brings its own script. */
export function pinDeployment(catalog: Catalog, file: ModelDeploymentFile): Deployed {
  const parts = prepareParts(catalog, file);
  return catalog.transaction(() => pinParts(catalog, file, parts));
}

interface Parts {
  readonly model: Part | null;
  readonly code: { readonly part: Part; readonly script: string } | null;
  readonly environment: Part | null;
  readonly compute: string;
}

/** Keeps the content of everything that is written in the file; what takes long is done here, before the transaction. */
function prepareParts(catalog: Catalog, file: ModelDeploymentFile): Parts {
  const model = takeModel(catalog, file);
  const code = takeCode(catalog, file, model);
  if (code === null) requireMlflow(file, model);
  const environment = takeEnvironment(catalog, file);
  const compute = file.compute === null || file.compute === "" ? "local" : parseNameReference(file.compute);
  return { model, code, environment, compute };
}

/** Adds the versions; to be called in a transaction. */
function pinParts(catalog: Catalog, file: ModelDeploymentFile, parts: Parts): Deployed {
  const { model, code, environment, compute } = parts;
  const notices = [...file.notices];
  requireCompute(catalog, compute, notices);
  const registered: Registered[] = [];
  const pin = (part: Part | null): AssetRef | null => {
    if (part === null) return null;
    if ("asset" in part) return { name: part.asset.name, version: part.asset.version };
    const added = addVersion(catalog, part.draft);
    registered.push(added);
    return { name: added.asset.name, version: added.asset.version };
  };
  const now = new Date().toISOString();
  const pinnedCode = pin(code?.part ?? null);
  const deployment: DeploymentRecord = {
    endpoint: file.endpointName,
    name: file.name,
    description: file.description,
    tags: file.tags,
    properties: file.properties,
    model: pin(model),
    code: pinnedCode === null || code === null ? null : { ...pinnedCode, scoringScript: code.script },
    environment: noteImage(catalog, pin(environment), notices),
    compute,
    settings: readSettings(file),
    createdAt: now,
    modifiedAt: now,
  };
  return { deployment, registered, notices };
}

function requireEndpoint(catalog: Catalog, name: string) {
  const endpoint = catalog.endpoints.get(name);
  if (endpoint !== null) return endpoint;
  throw makeNotFound(`batchEndpoints/${name}`, `make it first: batchwise batch-endpoint create --name ${name}`);
}

/** Container images are taken and left aside; who brought one should know. */
function noteImage(catalog: Catalog, ref: AssetRef | null, notices: string[]): AssetRef | null {
  const definition = ref === null ? null : catalog.assets.get("environment", ref.name, ref.version)?.definition;
  if ((definition?.image ?? definition?.build ?? null) === null) return ref;
  const hasPackages = (definition?.condaFile ?? definition?.requirements ?? definition?.pythonPath ?? null) !== null;
  const what = hasPackages
    ? "its packages are built without it"
    : "it has no conda file, so the jobs run with the Python of this machine";
  notices.push(`environment ${ref?.name}: the local compute runs without the container; ${what}`);
  return ref;
}

/** A compute that nobody made becomes this machine under that name: public examples name clusters that their readers have. */
function requireCompute(catalog: Catalog, name: string, notices: string[]): void {
  const compute = catalog.computes.get(name);
  if (compute?.type === "local" && compute.name === "local") return;
  if (compute === null) {
    const now = new Date().toISOString();
    catalog.computes.put({
      name,
      type: "local",
      description: null,
      tags: {},
      maxJobs: catalog.computes.get("local")?.maxJobs ?? 2,
      maxInstances: null,
      properties: {},
      createdAt: now,
      modifiedAt: now,
    });
  }
  notices.push(`compute ${name}: the jobs run on this machine`);
}

function takeModel(catalog: Catalog, file: ModelDeploymentFile): Part | null {
  const { model } = file;
  if (model === null) return null;
  if (typeof model === "string") {
    refusePath(file, "model", model);
    return { asset: at(file, ["model"], () => resolveAsset(catalog, "model", model)) };
  }
  // Without a script only an MLflow model can score, whether or not the file says that it is one.
  const path = model.path;
  if (model.type === null && file.code === null && path !== null) {
    const place = resolveContent(catalog, path, file.baseDir);
    if (place.kind === "local" && findMlmodelFile(place.path) !== null) {
      return { draft: prepareModel(catalog, { ...model, type: "mlflow_model" }, file.baseDir) };
    }
  }
  return { draft: at(file, ["model", "path"], () => prepareModel(catalog, model, file.baseDir)) };
}

function takeCode(
  catalog: Catalog,
  file: ModelDeploymentFile,
  model: Part | null,
): { readonly part: Part; readonly script: string } | null {
  const { code } = file;
  if (code === null) return null;
  const script = code.scoringScript;
  if (code.code !== null && parseReference(code.code).kind !== "path") {
    const written = code.code;
    const asset = at(file, ["code_configuration", "code"], () => resolveAsset(catalog, "code", written));
    requireScript(file, asset.path ?? "", script);
    return { part: { asset }, script };
  }
  const codeDir = resolve(file.baseDir, code.code ?? ".");
  if (!(statSync(codeDir, { throwIfNoEntry: false })?.isDirectory() ?? false)) {
    throw refuseAt(file, ["code_configuration", "code"], `No such file or directory: ${codeDir}`);
  }
  const path = requireScript(file, codeDir, script);
  const modelPath = typeof file.model === "object" && file.model?.path ? resolve(file.baseDir, file.model.path) : null;
  const leaveOut = modelPath === null || modelPath === codeDir || model === null ? [] : [modelPath];
  const draft = prepareCode(catalog, { codeDir, script: path, leaveOut });
  return { part: { draft }, script: relative(codeDir, path) };
}

function requireScript(file: ModelDeploymentFile, codeDir: string, script: string): string {
  const path = isAbsolute(script) ? script : join(codeDir, script);
  if (existsSync(path) && isInside(path, codeDir)) return path;
  throw refuseAt(
    file,
    ["code_configuration", "scoring_script"],
    `Failed to open scoring script ${path}.`,
    `scoring_script is relative to the code folder ${codeDir}`,
  );
}

function requireMlflow(file: ModelDeploymentFile, model: Part | null): void {
  const type = model === null ? null : "asset" in model ? model.asset.type : model.draft.type;
  if (type === "mlflow_model") return;
  throw refuseAt(
    file,
    [model === null ? "name" : "model"],
    "code_configuration: Missing data for required field.",
    "give code_configuration with code and scoring_script; only an MLflow model (type: mlflow_model) scores without a script",
  );
}

function takeEnvironment(catalog: Catalog, file: ModelDeploymentFile): Part | null {
  const { environment } = file;
  if (environment === null) return null;
  if (typeof environment === "string") {
    refusePath(file, "environment", environment);
    return { asset: at(file, ["environment"], () => resolveAsset(catalog, "environment", environment)) };
  }
  return { draft: at(file, ["environment"], () => prepareEnvironment(environment.value, environment.baseDir)) };
}

/** Azure takes no bare path here, and nor do we: it might be a mistyped reference. */
function refusePath(file: ModelDeploymentFile, key: "model" | "environment", written: string): void {
  if (parseReference(written).kind !== "path") return;
  const inner = key === "model" ? "{path: …}" : "{conda_file: …}";
  throw refuseAt(
    file,
    [key],
    `${key}: ${JSON.stringify(written)} is no reference to a registered ${key}; wanted: azureml:name:version, azureml:name@latest, or a map`,
    key === "environment" ? `write environment: ${inner}, or file:${written}` : `write model: ${inner}`,
  );
}

function readSettings(file: ModelDeploymentFile): DeploymentSettings {
  const { run } = file;
  const timeout = run.retry_settings?.timeout ?? null;
  return {
    instanceCount: file.instanceCount,
    instanceType: file.instanceType,
    maxConcurrencyPerInstance: run.max_concurrency_per_instance,
    miniBatchSize: run.mini_batch_size,
    errorThreshold: run.error_threshold,
    maxRetries: run.retry_settings?.max_retries ?? null,
    timeoutSeconds: typeof timeout === "number" ? timeout : null,
    outputAction: run.output_action,
    outputFileName: run.output_file_name,
    loggingLevel: run.logging_level,
    environmentVariables: run.environment_variables ?? {},
    gpusPerWorker: run.gpus_per_worker,
    memoryLimitBytes: run.memory_limit,
    autoResume: run.auto_resume ?? false,
    extra: {
      ...(file.extra as DeploymentSettings["extra"]),
      ...(typeof timeout === "string" ? { timeoutMs: timeout } : {}),
    },
  };
}

/** Runs a step; an error that it throws gets the place in the file where its cause stands. */
function at<T>(file: ModelDeploymentFile, path: readonly string[], step: () => T): T {
  try {
    return step();
  } catch (error) {
    const place = file.placeOf(...path);
    if (!(error instanceof BatchwiseError) || place === null || error.code === "resource_not_found") throw error;
    throw new BatchwiseError(error.code, `${place}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
