import type { EnvironmentDefinition } from "../environment-definition.ts";
import type { AssetRecord } from "../records.ts";
import { assetId } from "../resource-ids.ts";
import { presentCreation, type Shape, withoutNulls } from "./shape.ts";

/** What `environment show` prints. */
export function presentEnvironment(environment: AssetRecord): Shape {
  const definition = environment.definition as unknown as EnvironmentDefinition | null;
  const build = definition?.build ?? null;
  return withoutNulls({
    id: `azureml:${assetId("environment", environment)}`,
    name: environment.name,
    version: environment.version,
    image: definition?.image,
    conda_file: definition?.condaFile,
    // Our own: packages by a requirements file, and an interpreter that has everything already.
    requirements: definition?.requirements,
    python: definition?.pythonPath,
    build: build === null ? null : withoutNulls({ path: build.path, dockerfile_path: build.dockerfilePath }),
    inference_config: definition?.inferenceConfig,
    os_type: definition?.osType ?? "linux",
    description: environment.description,
    tags: environment.tags,
    properties: environment.properties,
    creation_context: presentCreation(environment),
  });
}

/** What `environment list` prints for each name, given its latest version. */
export function presentEnvironmentContainer(latest: AssetRecord): Shape {
  return { name: latest.name, "latest version": latest.version };
}

/** What `environment list --name` prints for each version. */
export function presentEnvironmentListItem(environment: AssetRecord): Shape {
  return { name: environment.name, version: environment.version };
}
