/** Jobs in the shapes of Azure ML, for the command line and the REST API. Keys are Azure's; ours beside them are `resumable`, `resume_command`, `counts`, `source`. */

import { defaultBaseUrl } from "../catalog/present/endpoint.ts";
import { presentCreation, type Shape, withoutNulls } from "../catalog/present/shape.ts";
import type { JobRecord, Timestamps } from "../catalog/records.ts";
import { workspaceId } from "../catalog/resource-ids.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { jobFolderOf } from "./home.ts";
import type { JobRequest } from "./job-request.ts";
import type { JobState, JobStatusWord } from "./job-status.ts";

/** What is shown of a job at full length. */
export interface JobView {
  readonly home: string;
  readonly name: string;
  /** Null for a job of `batchwise score`. */
  readonly record: JobRecord | null;
  readonly request: JobRequest;
  readonly state: JobState;
}

/** The scoring step of a batch job, as `job list --parent-job-name` shows it: scripts download from it. */
export const childSuffix = ".scoring";

/** Address of the job's page. */
export function jobPageUrl(name: string, baseUrl = defaultBaseUrl): string {
  return `${baseUrl}/jobs/${encodeURIComponent(name)}`;
}

export function jobId(name: string): string {
  return `azureml:${workspaceId}/jobs/${name}`;
}

/** What `job show` prints. */
export function presentJob(view: JobView, baseUrl = defaultBaseUrl): Shape {
  const { name, record, request, state } = view;
  const { origin } = request;
  const times: Timestamps = {
    createdAt: record?.createdAt ?? request.created,
    modifiedAt:
      state.sinceMs === null ? (record?.modifiedAt ?? request.created) : new Date(state.sinceMs).toISOString(),
  };
  return withoutNulls({
    id: jobId(name),
    name,
    display_name: record?.displayName ?? name,
    experiment_name: record?.experiment ?? origin?.endpoint ?? "score",
    type: "pipeline",
    status: state.status,
    description: record?.description,
    tags: { ...makeJobTags(deploymentOf(request)), ...record?.tags },
    properties: { ...record?.properties, ...describeParameters(request) },
    services: presentServices(name, baseUrl),
    inputs: presentInputs(request),
    outputs: presentOutputs(view),
    jobs: {},
    settings: {},
    compute: origin?.compute ?? "local",
    creation_context: presentCreation(times),
    resumable: state.resumable ? true : null,
    resume_command: state.resumeCommand,
    counts: presentCounts(state),
    error: state.error === null ? null : withoutNulls({ ...state.error }),
    source:
      origin === undefined
        ? null
        : withoutNulls({
            endpoint: origin.endpoint || null,
            deployment: origin.endpoint === "" ? null : origin.deployment,
            model: origin.model,
            code: origin.code,
            environment: origin.environment,
          }),
  });
}

/** What `job list` prints for each: what is known without opening the job's folder. */
export function presentListedJob(record: JobRecord, status: JobStatusWord, baseUrl = defaultBaseUrl): Shape {
  return withoutNulls({
    id: jobId(record.name),
    name: record.name,
    display_name: record.displayName,
    experiment_name: record.experiment,
    type: "pipeline",
    status,
    description: record.description,
    tags: { ...makeJobTags(record.deployment), ...record.tags },
    properties: record.properties,
    services: presentServices(record.name, baseUrl),
    compute: record.compute,
    creation_context: presentCreation(record),
    archived: record.archived ? true : null,
  });
}

/** What `batch-endpoint invoke` and `list-jobs` print: the answer of the scoring route, with name and status at the top. */
export function presentInvocation(view: JobView, baseUrl = defaultBaseUrl): Shape {
  const { name, record, request, state } = view;
  const { origin, settings } = request;
  const endpoint = record?.endpoint ?? origin?.endpoint ?? "";
  return withoutNulls({
    ...presentListedInvocation(name, endpoint, record?.deployment ?? origin?.deployment ?? "", state.status),
    properties: {
      name: record?.displayName ?? name,
      description: record?.description ?? "",
      status: state.status,
      provisioningState: "Succeeded",
      inputData: Object.fromEntries(
        (origin?.inputs ?? []).map(({ name: key, type, source }) => [
          key === "input" ? uriKey(type) : key,
          {
            jobInputType: type === "uri_file" ? "UriFile" : "UriFolder",
            uri: source,
            mode: "ReadOnlyMount",
            description: null,
          },
        ]),
      ),
      outputData: { score: { jobOutputType: "UriFile", uri: outputFolder(view), mode: "ReadWriteMount" } },
      compute: {
        target: origin?.compute ?? "local",
        instanceCount: origin?.instanceCount ?? 1,
        isLocal: true,
        location: "local",
      },
      errorThreshold: settings.errorThreshold,
      loggingLevel: settings.loggingLevel,
      maxConcurrencyPerInstance: origin?.maxConcurrencyPerInstance ?? settings.workers,
      miniBatchSize: settings.miniBatchSize,
      outputFileName: settings.outputFileName,
      retrySettings: { maxRetries: settings.maxRetries, timeout: formatTimeout(settings.timeoutMs) },
      interactionEndpoints: {
        Studio: { jobEndpointType: "Studio", endpoint: jobPageUrl(name, baseUrl), port: null, properties: {} },
        Tracking: { jobEndpointType: "Tracking", endpoint: baseUrl, port: null, properties: {} },
      },
      properties: describeParameters(request),
      tags: { ...makeJobTags(deploymentOf(request)), ...record?.tags },
    },
  });
}

/** The part of an invocation that is known without opening the job's folder. */
export function presentListedInvocation(name: string, endpoint: string, deployment: string, status: string): Shape {
  return {
    id: `${workspaceId}/batchEndpoints/${endpoint}/deployments/${deployment}/jobs/${name}`,
    name,
    status,
    type: "Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments/jobs",
  };
}

function uriKey(type: string): string {
  return type === "uri_file" ? "uriFile" : "uriFolder";
}

/** An ISO duration; a limit that is worked out while the job runs has none. */
function formatTimeout(timeoutMs: unknown): string {
  return typeof timeoutMs === "number" ? `PT${timeoutMs / 1000}S` : String(timeoutMs);
}

/** Only jobs of an endpoint bear them. */
function makeJobTags(deployment: string | null): Record<string, string> {
  if (deployment === null) return {};
  return {
    "azureml.batchrun": "true",
    "azureml.jobtype": "azureml.batchjob",
    "azureml.deploymentname": deployment,
  };
}

function deploymentOf({ origin }: JobRequest): string | null {
  return origin === undefined || origin.endpoint === "" ? null : origin.deployment;
}

/** The numbers that the job runs with, as JSON text like the service gives it. */
function describeParameters({ settings, origin }: JobRequest): Record<string, string> {
  const parameters = {
    run_max_try: String(settings.maxRetries),
    run_invocation_timeout:
      typeof settings.timeoutMs === "number" ? String(settings.timeoutMs / 1000) : String(settings.timeoutMs),
    mini_batch_size: String(settings.miniBatchSize),
    error_threshold: String(settings.errorThreshold),
    logging_level: settings.loggingLevel,
    process_count_per_node: String(origin?.maxConcurrencyPerInstance ?? settings.workers),
    NodeCount: String(origin?.instanceCount ?? 1),
    append_row_file_name: settings.outputFileName,
  };
  return { "azureml.runsource": "azureml.PipelineRun", "azureml.parameters": JSON.stringify(parameters) };
}

function presentServices(name: string, baseUrl: string): Shape {
  return {
    Studio: { endpoint: jobPageUrl(name, baseUrl), type: "Studio" },
    Tracking: { endpoint: baseUrl, type: "Tracking" },
  };
}

function presentInputs({ origin, settings }: JobRequest): Shape {
  const inputs =
    origin?.inputs ?? settings.inputs.map((source, index) => ({ name: `input_${index}`, type: "uri_folder", source }));
  return Object.fromEntries(inputs.map(({ name, type, source }) => [name, { type, path: source, mode: "ro_mount" }]));
}

function outputFolder({ home, name, request, state }: JobView): string {
  return state.published?.folder ?? request.settings.outputPath ?? jobPaths(jobFolderOf(home, name)).defaultOutput;
}

function presentOutputs(view: JobView): Shape {
  return { score: { type: "uri_folder", path: outputFolder(view), mode: "rw_mount" } };
}

function presentCounts({ counts }: JobState): Shape | null {
  if (counts === null) return null;
  return {
    items: counts.listed,
    scored: counts.scored,
    failed: counts.failed,
    skipped: counts.skipped,
    rows: counts.rows,
    mini_batches: counts.miniBatches,
    mini_batches_done: counts.miniBatchesDone,
    plan_complete: counts.planComplete,
  };
}
