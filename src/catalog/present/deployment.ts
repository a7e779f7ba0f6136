import { tableSettings } from "../../config/files/deployment-fields.ts";
import type { DeploymentRecord } from "../records.ts";
import { assetId, workspaceId } from "../resource-ids.ts";
import { endpointId } from "./endpoint.ts";
import { presentCreation, type Shape, withoutNulls } from "./shape.ts";

/** What `batch-deployment show` prints: the flat form, whatever form the file had. Fed back to `update`, it makes the same deployment. */
export function presentDeployment(deployment: DeploymentRecord): Shape {
  const { settings } = deployment;
  const isSummary = settings.outputAction === "summary_only";
  return withoutNulls({
    ...presentHead(deployment),
    description: deployment.description,
    tags: deployment.tags,
    properties: deployment.properties,
    code_configuration:
      deployment.code === null
        ? null
        : { code: assetId("code", deployment.code), scoring_script: deployment.code.scoringScript },
    environment_variables: settings.environmentVariables,
    resources: withoutNulls({
      instance_count: settings.instanceCount ?? 1,
      instance_type: settings.instanceType,
      properties: {},
      gpus_per_worker: settings.gpusPerWorker,
      memory_limit: settings.memoryLimitBytes,
    }),
    mini_batch_size: settings.miniBatchSize ?? 10,
    max_concurrency_per_instance: settings.maxConcurrencyPerInstance ?? 1,
    error_threshold: settings.errorThreshold ?? -1,
    retry_settings: {
      max_retries: settings.maxRetries ?? 3,
      timeout: settings.extra.timeoutMs ?? settings.timeoutSeconds ?? 30,
    },
    output_action: settings.outputAction ?? "append_row",
    output_file_name: isSummary ? null : (settings.outputFileName ?? "predictions.csv"),
    logging_level: settings.loggingLevel ?? "info",
    auto_resume: settings.autoResume ? true : null,
    ...Object.fromEntries([...tableSettings].map(([key, name]) => [key, settings.extra[name] ?? null])),
    provisioning_state: "Succeeded",
    creation_context: presentCreation(deployment),
  });
}

/** What `batch-deployment list` prints for each. */
export function presentDeploymentListItem(deployment: DeploymentRecord): Shape {
  return {
    ...presentHead(deployment),
    code: deployment.code === null ? null : assetId("code", deployment.code),
    tags: deployment.tags,
    creation_context: presentCreation(deployment),
    provisioning_state: "Succeeded",
  };
}

function presentHead(deployment: DeploymentRecord): Shape {
  return {
    id: deploymentId(deployment),
    name: deployment.name,
    endpoint_name: deployment.endpoint,
    model: deployment.model === null ? null : `azureml:${assetId("model", deployment.model)}`,
    environment: deployment.environment === null ? null : `azureml:${assetId("environment", deployment.environment)}`,
    compute: `azureml:${workspaceId}/computes/${deployment.compute}`,
  };
}

export function deploymentId({ endpoint, name }: Pick<DeploymentRecord, "endpoint" | "name">): string {
  return `${endpointId(endpoint)}/deployments/${name}`;
}
