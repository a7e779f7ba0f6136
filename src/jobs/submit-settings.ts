import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { AssetRecord, ComputeRecord, DeploymentRecord, DeploymentSettings } from "../catalog/records.ts";
import { freezeSettings } from "../config/freeze-settings.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { mergeSettings } from "../config/merge-settings.ts";
import type { WrittenValue } from "../config/setting-layer.ts";
import type { SettingName } from "../config/settings.ts";

/** What a call may change for its one job; null and absent leave the deployment's value. */
export interface JobOverrides {
  readonly miniBatchSize?: number | null | undefined;
  readonly instanceCount?: number | null | undefined;
  readonly maxConcurrencyPerInstance?: number | null | undefined;
  readonly maxRetries?: number | null | undefined;
  readonly timeoutSeconds?: number | null | undefined;
  readonly errorThreshold?: number | null | undefined;
  readonly outputFileName?: string | null | undefined;
  readonly loggingLevel?: string | null | undefined;
}

/** Where the script, the model and the environment of a deployment lie. */
export interface DeploymentContent {
  readonly script: string;
  readonly codeDir: string;
  readonly model: AssetRecord | null;
  readonly environmentFile: string | null;
  readonly python: string | null;
}

export interface SubmittedSettings {
  readonly settings: JobSettings;
  readonly instanceCount: number;
  readonly maxConcurrencyPerInstance: number;
  readonly notices: readonly string[];
}

interface SettingsRequest {
  readonly name: string;
  readonly deployment: DeploymentRecord;
  readonly compute: ComputeRecord | null;
  readonly content: DeploymentContent;
  readonly overrides: JobOverrides;
  readonly programArguments: readonly string[];
  /** Absolute paths. */
  readonly inputs: readonly string[];
  readonly outputPath: string | null;
  readonly overwrite: boolean;
}

/** The settings of a job, from its deployment and what the call changes; checked like those of `batchwise score`. Throws `invalid_value`. */
export function buildJobSettings(request: SettingsRequest): SubmittedSettings {
  const { deployment, overrides, content } = request;
  const wanted = { ...withoutNulls(deployment.settings), ...withoutNulls(overrides) } as WantedSettings;
  const instances = chooseInstances(wanted.instanceCount ?? 1, request.compute);
  const concurrency = wanted.maxConcurrencyPerInstance ?? 1;
  const workers = chooseWorkers(instances.count, concurrency);
  const layer = new Map<SettingName, WrittenValue>();
  const set = (name: SettingName, raw: unknown, label: string) => {
    if (raw !== undefined && raw !== null) layer.set(name, { raw, place: { label, baseDir: content.codeDir } });
  };
  for (const [name, raw] of Object.entries(deployment.settings.extra)) set(name as SettingName, raw, name);
  set("name", request.name, "the job's name");
  set("script", content.script, "scoring_script");
  set("codeDir", content.codeDir, "code");
  set("model", content.model?.path, "model");
  set("inputs", request.inputs, "input");
  set("outputPath", request.outputPath, "output_path");
  set("overwrite", request.overwrite, "overwrite");
  set("outputAction", wanted.outputAction, "output_action");
  set("outputFileName", wanted.outputFileName, "output_file_name");
  set("miniBatchSize", wanted.miniBatchSize, "mini_batch_size");
  set("workers", workers.count, "max_concurrency_per_instance");
  set("timeoutMs", wanted.timeoutSeconds, "retry_settings.timeout");
  set("maxRetries", wanted.maxRetries, "retry_settings.max_retries");
  set("errorThreshold", wanted.errorThreshold, "error_threshold");
  set("loggingLevel", wanted.loggingLevel?.toLowerCase(), "logging_level");
  set("gpusPerWorker", wanted.gpusPerWorker, "gpus_per_worker");
  set("memoryLimitBytes", wanted.memoryLimitBytes, "memory_limit");
  set("environmentFile", content.environmentFile, "environment");
  set("python", content.python, "python");
  const merged = mergeSettings([layer], { defaultName: request.name, scriptArguments: request.programArguments });
  return {
    settings: freezeSettings({ ...merged, environmentVariables: { ...deployment.settings.environmentVariables } }),
    instanceCount: wanted.instanceCount ?? 1,
    maxConcurrencyPerInstance: concurrency,
    notices: [...instances.notices, ...workers.notices],
  };
}

type WantedSettings = { [Name in keyof DeploymentSettings]?: NonNullable<DeploymentSettings[Name]> };

function withoutNulls(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}

function chooseInstances(asked: number, compute: ComputeRecord | null): { count: number; notices: string[] } {
  const most = compute?.maxInstances ?? null;
  if (most === null || most < 1 || asked <= most) return { count: asked, notices: [] };
  return {
    count: most,
    notices: [
      `instance_count is ${asked}, and compute ${compute?.name} has at most ${most} instances: ${most} are used`,
    ],
  };
}

/** Instances become workers of this machine, up to its cores; what one instance is to run at once is kept, as somebody has said so for a reason. */
function chooseWorkers(instances: number, concurrency: number): { count: number; notices: string[] } {
  const asked = instances * concurrency;
  const count = Math.min(asked, Math.max(concurrency, availableParallelism()));
  if (instances === 1) return { count, notices: [] };
  const machine = count < asked ? `, as many as this machine has cores for` : "";
  return {
    count,
    notices: [
      `the local compute is one machine: ${instances} instances with ${concurrency} ${concurrency === 1 ? "worker" : "workers"} each become ${count} ${count === 1 ? "worker" : "workers"}${machine}`,
    ],
  };
}

/** Path of the script in a code folder. */
export function scriptIn(codeDir: string, scoringScript: string): string {
  return join(codeDir, scoringScript);
}
