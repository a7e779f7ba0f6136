import { BatchwiseError } from "../errors.ts";
import type { Catalog } from "./catalog.ts";
import type { AssetRecord } from "./records.ts";

/** Who uses a version: deployments that pinned it, for example `deployment blue of endpoint mnist`. */
export function listAssetUsers(catalog: Catalog, asset: Pick<AssetRecord, "kind" | "name" | "version">): string[] {
  const { kind } = asset;
  if (kind !== "model" && kind !== "code" && kind !== "environment") return [];
  return catalog.deployments
    .listUsersOf(kind, asset)
    .map(({ name, endpoint }) => `deployment ${name} of endpoint ${endpoint}`);
}

/** Who uses a compute: deployments, and jobs that are not over. */
export function listComputeUsers(catalog: Catalog, compute: string): string[] {
  return [
    ...catalog.deployments
      .listOnCompute(compute)
      .map(({ name, endpoint }) => `deployment ${name} of endpoint ${endpoint}`),
    ...catalog.jobs.listUnfinished(compute).map(({ name }) => `job ${name}`),
  ];
}

/** Removes a version of an asset that nobody uses; false when it is not there. Throws `in_use` with the list of users. */
export function removeAsset(catalog: Catalog, asset: Pick<AssetRecord, "kind" | "name" | "version">): boolean {
  return catalog.transaction(() => {
    refuseUsed(`${asset.kind} ${asset.name}:${asset.version}`, listAssetUsers(catalog, asset));
    return catalog.assets.remove(asset.kind, asset.name, asset.version);
  });
}

/** Removes a compute that nobody uses; false when it is not there. Throws `in_use` with the list of users; `local` always stays. */
export function removeCompute(catalog: Catalog, name: string): boolean {
  return catalog.transaction(() => {
    if (name.toLowerCase() === "local") {
      throw new BatchwiseError("in_use", "compute local is this machine and stays");
    }
    refuseUsed(`compute ${name}`, listComputeUsers(catalog, name));
    return catalog.computes.remove(name);
  });
}

/** Removes a datastore that no registered data lies in; its folder stays. Throws `in_use`. */
export function removeDatastore(catalog: Catalog, name: string): boolean {
  return catalog.transaction(() => {
    if (/^workspace(blob|artifact)store$/i.test(name)) {
      throw new BatchwiseError("in_use", `datastore ${name} is part of the workspace and stays`);
    }
    const start = `azureml://datastores/${name.toLowerCase()}/`;
    const users = catalog.assets
      .listAll()
      .filter(({ source }) => (source ?? "").toLowerCase().startsWith(start))
      .map(({ kind, name: asset, version }) => `${kind} ${asset}:${version}`);
    refuseUsed(`datastore ${name}`, users);
    return catalog.datastores.remove(name);
  });
}

/** How many users a message names. */
const shownUsers = 10;

function refuseUsed(what: string, users: readonly string[]): void {
  if (users.length === 0) return;
  const more = users.length > shownUsers ? ` and ${users.length - shownUsers} more` : "";
  throw new BatchwiseError("in_use", `${what} is used by ${users.slice(0, shownUsers).join(", ")}${more}`, {
    hint: "delete or change those first",
  });
}
