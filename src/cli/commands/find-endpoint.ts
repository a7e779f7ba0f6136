import type { Catalog } from "../../catalog/catalog.ts";
import type { DeploymentRecord, EndpointRecord } from "../../catalog/records.ts";

/** Throws `resource_not_found`. */
export async function getEndpoint(catalog: Catalog, name: string): Promise<EndpointRecord> {
  const found = catalog.endpoints.get(name);
  if (found !== null) return found;
  const { makeNotFound } = await import("../../catalog/resource-ids.ts");
  throw makeNotFound(`batchEndpoints/${name}`, "batchwise batch-endpoint list shows those there are");
}

/** Throws `resource_not_found` for the endpoint or the deployment. */
export async function getDeployment(catalog: Catalog, endpointName: string, name: string): Promise<DeploymentRecord> {
  const endpoint = await getEndpoint(catalog, endpointName);
  const found = catalog.deployments.get(endpoint.name, name);
  if (found !== null) return found;
  const { makeNotFound } = await import("../../catalog/resource-ids.ts");
  throw makeNotFound(
    `batchEndpoints/${endpoint.name}/deployments/${name}`,
    `batchwise batch-deployment list -e ${endpoint.name} shows those there are`,
  );
}
