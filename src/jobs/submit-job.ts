/**
 * Freezes a deployment, an input and what the call changes into a job folder, and puts the job into the queue of its compute.
 *
 * The folder is filled under a name of its own. One transaction of the catalog then looks whether the client key is taken, gives the folder its name and adds the
 * record: of any number of calls with one key exactly one makes a job, and a call that is killed leaves either a whole job or none. (Killed between naming and the
 * end of the transaction, it leaves a folder that no record knows; the next call under that name removes it.)
 */

import { lstatSync, readFileSync } from "node:fs";
import type { Catalog } from "../catalog/catalog.ts";
import { keepEnvironmentFile } from "../catalog/environment-definition.ts";
import type { AssetKind, AssetRecord, AssetRef, DeploymentRecord, JobRecord } from "../catalog/records.ts";
import { getAsset } from "../catalog/resolve-reference.ts";
import { findMlmodelFile, mlflowScript } from "../config/mlflow-model.ts";
import { findPythonOverride } from "../environment/python-overrides.ts";
import { BatchwiseError } from "../errors.ts";
import { removeTree } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { draftJob, type JobDraft } from "./create-job.ts";
import { jobFolderOf } from "./home.ts";
import { type InputPlan, type JobInput, planInput } from "./job-inputs.ts";
import { makeJobName } from "./job-name.ts";
import type { JobOrigin, PinnedAsset } from "./job-request.ts";
import { captureLaunchEnvironment } from "./launch-environment.ts";
import { checkPaths } from "./preflight.ts";
import { healJobs } from "./queue.ts";
import { buildJobSettings, type DeploymentContent, type JobOverrides, scriptIn } from "./submit-settings.ts";

export interface SubmitRequest {
  readonly deployment: DeploymentRecord;
  /** At least one. */
  readonly inputs: readonly JobInput[];
  readonly overrides?: JobOverrides;
  /** For the script, after those that Batchwise gives it. */
  readonly programArguments?: readonly string[];
  /** Caller's name for the job; else one is made up. */
  readonly name?: string | null;
  /** The same key means the same job, however often and from how many processes at once it is submitted. */
  readonly clientKey?: string | null;
  readonly displayName?: string | null;
  readonly experiment?: string | null;
  readonly description?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  /** Absolute local folder, or null for `named-outputs/score` in the job folder. */
  readonly outputPath?: string | null;
  readonly overwrite?: boolean;
  readonly autoResume?: boolean | null;
  /** Relative input paths are relative to it. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly batchwiseVersion: string;
}

export interface Submission {
  readonly record: JobRecord;
  /** False when a job with this client key was there already. */
  readonly isNew: boolean;
  readonly notices: readonly string[];
}

/**
 * Submits a job and starts it when its compute has a free slot. Returns at once.
 *
 * Throws BatchwiseError for what is wrong with the input, the output or a setting (`input_not_found`, `output_exists`, `invalid_value`, …), and `job_exists`.
 */
export async function submitJob(catalog: Catalog, home: string, request: SubmitRequest): Promise<Submission> {
  const known = findByKey(catalog, request);
  if (known !== null) return { record: known, isNew: false, notices: [] };
  const prepared = await prepareJob(catalog, home, request);
  if ("record" in prepared) return { record: prepared.record, isNew: false, notices: [] };
  const submission = enterJob(catalog, request, prepared);
  if (submission.isNew) {
    const { problem } = healJobs(catalog);
    if (problem !== null) submission.notices.push(`${problem.message}; the job waits in its queue`);
  }
  return submission;
}

function findByKey(catalog: Catalog, { clientKey }: SubmitRequest): JobRecord | null {
  return clientKey == null ? null : catalog.jobs.findByClientKey(clientKey);
}

interface PreparedJob {
  readonly name: string;
  readonly draft: JobDraft;
  readonly origin: JobOrigin;
  readonly plans: readonly InputPlan[];
  readonly notices: string[];
}

/** Everything that can be done and refused before the job exists; or the job of the client key, when another call was faster. */
async function prepareJob(
  catalog: Catalog,
  home: string,
  request: SubmitRequest,
): Promise<PreparedJob | { readonly record: JobRecord }> {
  const { deployment } = request;
  const name = request.name ?? makeJobName(new Date(), deployment.endpoint || deployment.name);
  const content = findContent(catalog, home, deployment, request.env);
  const downloadFolder = jobPaths(jobFolderOf(home, name)).inputs;
  const plans = request.inputs.map((input) => planInput(input, { catalog, cwd: request.cwd, downloadFolder }));
  refuseSameDownload(plans);
  const { settings, notices, ...numbers } = buildJobSettings({
    name,
    deployment,
    compute: catalog.computes.get(deployment.compute),
    content,
    overrides: request.overrides ?? {},
    programArguments: request.programArguments ?? [],
    inputs: plans.map((plan) => plan.path),
    outputPath: request.outputPath ?? null,
    overwrite: request.overwrite ?? false,
  });
  const local = plans.filter((plan) => plan.download === null).map((plan) => plan.path);
  const allowEmpty = settings.allowEmpty || local.length < plans.length;
  await checkPaths({ ...settings, inputs: local, allowEmpty }, home, { mayShareOutput: true });
  const known = findByKey(catalog, request);
  if (known !== null) return { record: known };
  removeOrphan(catalog, home, name);
  return {
    name,
    draft: draftJob({ settings, home, batchwiseVersion: request.batchwiseVersion }),
    origin: {
      endpoint: deployment.endpoint,
      deployment: deployment.name,
      model: pin(content.model),
      code: pinCode(catalog, deployment),
      environment: pin(findAsset(catalog, "environment", deployment.environment)),
      compute: deployment.compute,
      ...numbers,
      inputs: request.inputs.map((input, index) => ({
        name: input.name,
        type: plans[index]!.type,
        source: input.value,
      })),
    },
    plans,
    notices: [...notices],
  };
}

/** The one step that decides whether there is a job. */
function enterJob(
  catalog: Catalog,
  request: SubmitRequest,
  prepared: PreparedJob,
): { record: JobRecord; isNew: boolean; notices: string[] } {
  const { name, draft, origin, plans, notices } = prepared;
  let folder: string | null = null;
  try {
    return catalog.transaction(() => {
      const known = findByKey(catalog, request);
      if (known !== null) {
        draft.discard();
        return { record: known, isNew: false, notices: [] };
      }
      refuseKnownName(catalog, name);
      ({ folder } = draft.commit(null, {
        origin,
        downloads: plans.flatMap((plan) => plan.download ?? []),
        launch: captureLaunchEnvironment(request.env),
        notices,
      }));
      const { deployment } = request;
      const record = catalog.jobs.add({
        name,
        // A job that brings its own script belongs to no endpoint.
        endpoint: deployment.endpoint === "" ? null : deployment.endpoint,
        deployment: deployment.endpoint === "" ? null : deployment.name,
        compute: deployment.compute,
        displayName: request.displayName ?? name,
        experiment: request.experiment ?? (deployment.endpoint === "" ? null : deployment.endpoint),
        description: request.description ?? null,
        tags: request.tags ?? {},
        properties: request.properties ?? {},
        stage: "queued",
        status: "Queued",
        archived: false,
        clientKey: request.clientKey ?? null,
        autoResume: request.autoResume ?? deployment.settings.autoResume,
        resumes: 0,
      });
      return { record, isNew: true, notices };
    });
  } catch (error) {
    draft.discard();
    // The transaction did not come about, so there is no job.
    if (folder !== null) removeTree(folder);
    throw error;
  }
}

function refuseKnownName(catalog: Catalog, name: string): void {
  if (catalog.jobs.get(name) === null) return;
  throw new BatchwiseError("job_exists", `there is a job ${name} already`, {
    hint: "choose another --job-name, or leave it out; --client-key makes a repeated call return the same job",
  });
}

/** See the head of this file. A folder of `batchwise score` has no origin and is left alone. */
function removeOrphan(catalog: Catalog, home: string, name: string): void {
  const folder = jobFolderOf(home, name);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  catalog.transaction(() => {
    if (catalog.jobs.get(name) === null && isSubmission(folder) && wasNeverStarted(folder)) removeTree(folder);
  });
}

function isSubmission(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(jobPaths(folder).request, "utf8")).origin !== undefined;
  } catch {
    return false;
  }
}

function wasNeverStarted(folder: string): boolean {
  const paths = jobPaths(folder);
  return [paths.ledger, paths.lock, paths.driver].every(
    (path) => lstatSync(path, { throwIfNoEntry: false }) === undefined,
  );
}

function refuseSameDownload(plans: readonly InputPlan[]): void {
  const seen = new Set<string>();
  for (const { path, download } of plans) {
    if (download !== null && seen.has(path)) {
      throw new BatchwiseError("input_unsupported", `two inputs would be downloaded to the same file: ${path}`, {
        hint: "give the inputs different names",
      });
    }
    seen.add(path);
  }
}

/** The files of a deployment: script and model of its assets, and its environment in the form that the builder reads. */
function findContent(
  catalog: Catalog,
  home: string,
  deployment: DeploymentRecord,
  env: NodeJS.ProcessEnv,
): DeploymentContent {
  const code = findAsset(catalog, "code", deployment.code);
  const model = findAsset(catalog, "model", deployment.model);
  const environment = findAsset(catalog, "environment", deployment.environment);
  const override = findPythonOverride(env, { endpoint: deployment.endpoint, deployment: deployment.name });
  return {
    ...findScript(deployment, code, model),
    model,
    environmentFile:
      environment === null ? findModelEnvironment(deployment, model) : keepEnvironmentFile(home, environment),
    python: override ?? (environment?.definition?.pythonPath as string | null | undefined) ?? null,
  };
}

/** The script of the deployment, or ours for an MLflow model that has none. */
function findScript(
  deployment: DeploymentRecord,
  code: AssetRecord | null,
  model: AssetRecord | null,
): Pick<DeploymentContent, "script" | "codeDir"> {
  if (code?.path != null && deployment.code !== null) {
    return { script: scriptIn(code.path, deployment.code.scoringScript), codeDir: code.path };
  }
  if (model?.type === "mlflow_model") return { script: mlflowScript.path, codeDir: mlflowScript.codeDir };
  throw new BatchwiseError("deployment_unsupported", `deployment ${deployment.name} has no scoring script`, {
    hint: "give code_configuration with code and scoring_script in the deployment file; only MLflow models need none",
  });
}

/** An MLflow model without a script describes its environment itself; a script of the deployment's own knows best what it needs. */
function findModelEnvironment(deployment: DeploymentRecord, model: AssetRecord | null): string | null {
  return deployment.code === null && model?.path != null ? findMlmodelFile(model.path) : null;
}

function findAsset(catalog: Catalog, kind: AssetKind, ref: AssetRef | null): AssetRecord | null {
  return ref === null ? null : getAsset(catalog, kind, ref.name, ref.version);
}

function pin(asset: AssetRecord | null): PinnedAsset | null {
  return asset === null ? null : { name: asset.name, version: asset.version, hash: asset.hash };
}

function pinCode(catalog: Catalog, deployment: DeploymentRecord): JobOrigin["code"] {
  const pinned = pin(findAsset(catalog, "code", deployment.code));
  return pinned === null || deployment.code === null ? null : { ...pinned, script: deployment.code.scoringScript };
}
