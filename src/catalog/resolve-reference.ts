import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { isInside } from "../config/is-inside.ts";
import { BatchwiseError } from "../errors.ts";
import { makeFolder } from "../storage/durable.ts";
import { toNativePath } from "../storage/path-bytes.ts";
import type { Catalog } from "./catalog.ts";
import { datastoreFolderOf } from "./catalog-paths.ts";
import type { AssetKind, AssetRecord } from "./records.ts";
import { parseReference, type Reference } from "./reference.ts";
import { assetFolders, makeNotFound, workspace } from "./resource-ids.ts";

/** Finds what a reference to an asset names. Throws `resource_not_found`, or `reference_invalid` for what is no such reference. */
export function resolveAsset(catalog: Catalog, kind: AssetKind, text: string): AssetRecord {
  const reference = parseReference(text);
  if (reference.kind === "version") return getAsset(catalog, kind, reference.name, reference.version);
  if (reference.kind === "label") return getLabelled(catalog, kind, reference.name, reference.label);
  if (reference.kind === "name") {
    throw new BatchwiseError(
      "reference_invalid",
      `Failed to extract version when parsing asset ${text} of type ${kind} as arm id. Version must be provided.`,
      { hint: `write ${text}:1 or ${text}@latest` },
    );
  }
  throw new BatchwiseError(
    "reference_invalid",
    `${JSON.stringify(text)} does not name a registered ${kind}; wanted: azureml:name:version or azureml:name@latest`,
  );
}

/** A version by its name. Throws `resource_not_found`. */
export function getAsset(catalog: Catalog, kind: AssetKind, name: string, version: string): AssetRecord {
  const asset = catalog.assets.get(kind, name, version);
  if (asset !== null) return asset;
  const latest = catalog.assets.latest(kind, name);
  const hint =
    latest === null
      ? `there is no ${kind} of this name; register it with batchwise ${kind} create`
      : `its latest version is ${latest.version}`;
  throw makeNotFound(`${assetFolders[kind]}/${name}/versions/${version}`, hint);
}

/** A version by a label: `latest` is the one made last. Throws `resource_not_found`. */
export function getLabelled(catalog: Catalog, kind: AssetKind, name: string, label: string): AssetRecord {
  if (label !== "latest") {
    throw new BatchwiseError("reference_invalid", `${kind} ${name}@${label}: the only label is latest`);
  }
  const asset = catalog.assets.latest(kind, name);
  if (asset !== null) return asset;
  throw new BatchwiseError("resource_not_found", `Asset ${name} does not exist in workspace ${workspace.name}.`);
}

/** Where content lies: on this machine, or somewhere else. */
export type ContentPlace =
  | { readonly kind: "local"; readonly path: string; readonly isManaged: boolean }
  | { readonly kind: "url"; readonly url: string };

/** Where a `path` of a model or data leads; `isManaged` says that it lies in a datastore or a job. Throws `reference_invalid` or `resource_not_found`. */
export function resolveContent(catalog: Catalog, text: string, baseDir: string): ContentPlace {
  const reference = parseReference(text);
  switch (reference.kind) {
    case "path":
      return { kind: "local", path: resolve(baseDir, reference.path), isManaged: false };
    case "url":
      return { kind: "url", url: reference.url };
    case "datastore":
      return { kind: "local", path: resolveDatastorePath(catalog, reference), isManaged: true };
    case "jobOutput": {
      const folder = join(catalog.home, "jobs", reference.job, "named-outputs", reference.output);
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(reference.job) || !existsSync(folder)) {
        throw makeNotFound(`jobs/${reference.job}/outputs/${reference.output}`);
      }
      return { kind: "local", path: stayInside(folder, reference.path, text), isManaged: true };
    }
    default:
      throw new BatchwiseError(
        "reference_invalid",
        `${JSON.stringify(text)} names an asset where a path is wanted; wanted: a local path, azureml://datastores/… or azureml://jobs/…`,
      );
  }
}

/** The folder or file that `azureml://datastores/<name>/paths/<path>` means here; the datastore's folder is made. Throws `resource_not_found`. */
export function resolveDatastorePath(catalog: Catalog, reference: Extract<Reference, { kind: "datastore" }>): string {
  const datastore = catalog.datastores.get(reference.datastore);
  if (datastore === null) {
    throw new BatchwiseError("resource_not_found", `Could not find datastore: ${reference.datastore}.`, {
      hint: "batchwise datastore list shows those there are",
    });
  }
  const folder = datastoreFolderOf(catalog.home, datastore.name);
  makeFolder(folder);
  return stayInside(folder, reference.path, `azureml://datastores/${reference.datastore}/paths/${reference.path}`);
}

function stayInside(folder: string, relative: string, whole: string): string {
  const path = resolve(folder, relative.replace(/^\/+/, ""));
  if (isInside(path, folder)) return path;
  throw new BatchwiseError("reference_invalid", `${JSON.stringify(whole)} leads out of its datastore`);
}

export interface DataInput {
  readonly type: "uri_folder" | "uri_file";
  /** Absolute path, or a URL. */
  readonly location: string;
  readonly isRemote: boolean;
  /** The registered data, when the input names some. */
  readonly asset: AssetRecord | null;
  /** As it was written. */
  readonly written: string;
}

/**
 * What an `--input` means: a local folder or file, a URL, registered data, a path in a datastore, or an id. Without `type` a single file counts as a file.
 * Local paths must exist. `baseDir` is the current directory, for invoke files too.
 */
export function resolveDataInput(
  catalog: Catalog,
  written: string,
  options: { readonly type: DataInput["type"] | null; readonly baseDir: string },
): DataInput {
  const reference = parseReference(written);
  if (reference.kind === "version" || reference.kind === "label" || reference.kind === "name") {
    return resolveRegistered(catalog, written);
  }
  const place = resolveContent(catalog, written, options.baseDir);
  if (place.kind === "url") {
    return { type: options.type ?? "uri_folder", location: place.url, isRemote: true, asset: null, written };
  }
  const stats = statSync(toNativePath(place.path), { throwIfNoEntry: false });
  const wantsFile = options.type === "uri_file";
  if (
    stats === undefined ||
    (wantsFile && stats.isDirectory()) ||
    (options.type === "uri_folder" && !stats.isDirectory())
  ) {
    throw new BatchwiseError(
      "input_not_found",
      `There is no ${wantsFile ? "file" : "folder"} on target path: ${place.path}`,
      {
        hint: "Supported input path value are: path on the datastore, public URI, a registered data asset, or a local folder path.",
      },
    );
  }
  const type = stats.isDirectory() ? "uri_folder" : "uri_file";
  return { type, location: place.path, isRemote: false, asset: null, written };
}

function resolveRegistered(catalog: Catalog, written: string): DataInput {
  let asset: AssetRecord;
  try {
    asset = resolveAsset(catalog, "data", written);
  } catch (cause) {
    if (!(cause instanceof BatchwiseError) || cause.code === "resource_not_found") throw cause;
    throw new BatchwiseError("reference_invalid", `Value passed to --input is not a supported data. ${cause.message}`, {
      cause,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    });
  }
  const location = asset.path ?? "";
  const isRemote = /^[a-z][a-z0-9+.-]*:\/\//i.test(location);
  const type = asset.type === "uri_file" ? "uri_file" : "uri_folder";
  return { type, location, isRemote, asset, written };
}
