import type { EndpointRecord } from "../records.ts";
import { workspaceId } from "../resource-ids.ts";
import { type Shape, withoutNulls } from "./shape.ts";

/** Where the REST API answers; `batchwise serve` listens there unless it is told otherwise. */
export const defaultBaseUrl = "http://127.0.0.1:8420";

/** What `batch-endpoint show` prints. */
export function presentEndpoint(endpoint: EndpointRecord): Shape {
  return withoutNulls({
    id: endpointId(endpoint.name),
    name: endpoint.name,
    location: "local",
    auth_mode: endpoint.authMode,
    defaults: endpoint.defaultDeployment === null ? {} : { deployment_name: endpoint.defaultDeployment },
    description: endpoint.description,
    tags: endpoint.tags,
    properties: endpoint.properties,
    provisioning_state: "Succeeded",
    scoring_uri: scoringUri(endpoint.name),
    openapi_uri: `${defaultBaseUrl}/openapi.json`,
  });
}

/** What `batch-endpoint list` prints for each: other keys than `show`. */
export function presentEndpointListItem(endpoint: EndpointRecord): Shape {
  return {
    id: endpointId(endpoint.name),
    name: endpoint.name,
    // Azure prints null here, for a slip of its client.
    deployment_name: endpoint.defaultDeployment,
    location: "local",
    provisioning_state: "Succeeded",
    scoring_uri: scoringUri(endpoint.name),
    auth_mode: endpoint.authMode,
  };
}

export function endpointId(name: string): string {
  return `${workspaceId}/batchEndpoints/${name}`;
}

function scoringUri(name: string): string {
  return `${defaultBaseUrl}/endpoints/${name}/jobs`;
}
