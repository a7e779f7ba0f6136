/** From files and flags to versions of models, data, environments and code. `prepare…` keeps the content; `register…` adds the version as well. */

import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type {
  DataFile,
  EnvironmentFile,
  InlineEnvironment,
  InlineModel,
  ModelFile,
} from "../config/files/asset-files.ts";
import { findMlmodelFile } from "../config/mlflow-model.ts";
import { readYamlFile, toPlain } from "../config/yaml.ts";
import { BatchwiseError } from "../errors.ts";
import { makeFolder, removeTree, syncFile, syncFolder } from "../storage/durable.ts";
import { toNativePath } from "../storage/path-bytes.ts";
import { readNames } from "../storage/text-paths.ts";
import { addVersion, type Registered, type VersionDraft } from "./asset-versions.ts";
import type { Catalog } from "./catalog.ts";
import { contentFolderOf } from "./catalog-paths.ts";
import { snapshotCode } from "./code-snapshot.ts";
import { type KeptContent, keepContent, measureContent, removeAbandoned, settle } from "./content-store.ts";
import { hashDefinition, readDefinition } from "./environment-definition.ts";
import { resolveContent } from "./resolve-reference.ts";

export interface RegisterOptions {
  /** Leaves the content where it is: nothing is copied, and it must not change. */
  readonly byReference?: boolean;
}

/** Registers what a model file describes. */
export function registerModel(catalog: Catalog, file: ModelFile, options: RegisterOptions = {}): Registered {
  return addVersion(catalog, prepareModel(catalog, file.value, file.baseDir, options));
}

/** Registers what a data file describes. Without a name it gets a random one. */
export function registerData(catalog: Catalog, file: DataFile, options: RegisterOptions = {}): Registered {
  return addVersion(catalog, prepareData(catalog, file, options));
}

/** Registers what an environment file describes. */
export function registerEnvironment(catalog: Catalog, file: EnvironmentFile): Registered {
  return addVersion(catalog, prepareEnvironment(file.value, file.baseDir));
}

/** Keeps a model's content. Without a name it is anonymous and known by its hash. */
export function prepareModel(
  catalog: Catalog,
  value: InlineModel,
  baseDir: string,
  options: RegisterOptions = {},
): VersionDraft {
  if (value.path === null) {
    throw new BatchwiseError("file_invalid", `model ${value.name ?? ""}: path: Missing data for required field.`);
  }
  const place = resolveContent(catalog, value.path, baseDir);
  if (place.kind === "url") {
    throw new BatchwiseError("asset_unreadable", `model ${value.name ?? ""}: ${place.url} is not on this machine`, {
      hint: "download it, and give the local path",
    });
  }
  const content = takeContent(catalog, "model", place.path, options);
  const type = value.type ?? "custom_model";
  const flavors = value.flavors ?? (type === "mlflow_model" ? readFlavors(content.path) : null);
  return {
    ...describe(value),
    kind: "model",
    name: value.name ?? content.hash.slice(0, 32),
    version: value.name === null ? "1" : value.version,
    type,
    path: content.path,
    source: value.path,
    byReference: options.byReference === true,
    hash: content.hash,
    isAnonymous: value.name === null,
    stage: value.stage,
    definition: flavors === null ? null : { flavors },
  };
}

function prepareData(catalog: Catalog, { value, baseDir }: DataFile, options: RegisterOptions): VersionDraft {
  const type = value.type ?? "uri_folder";
  const place = resolveContent(catalog, value.path, baseDir);
  const content =
    place.kind === "url" ? { path: place.url, hash: createHash("sha256").update(place.url).digest("hex") } : null;
  const isReference = options.byReference === true || place.kind === "url" || place.isManaged;
  return {
    ...describe(value),
    kind: "data",
    name: value.name ?? `data-${randomBytes(6).toString("hex")}`,
    version: value.version,
    type,
    ...(content ?? pickPathAndHash(takeData(catalog, place.kind === "local" ? place.path : "", type, isReference))),
    source: value.path,
    byReference: isReference,
    isAnonymous: false,
    properties: {},
    stage: null,
    definition: null,
  };
}

function takeData(catalog: Catalog, path: string, type: string, byReference: boolean): KeptContent {
  const stats = statSync(toNativePath(path), { throwIfNoEntry: false });
  const isRight = type === "uri_file" ? stats?.isFile() : stats?.isDirectory();
  if (stats !== undefined && isRight !== true) {
    throw new BatchwiseError(
      "asset_unreadable",
      `File path does not match asset type ${type}: ${path} is a ${stats.isDirectory() ? "folder" : "file"}`,
    );
  }
  return takeContent(catalog, "data", path, { byReference });
}

function pickPathAndHash({ path, hash }: KeptContent) {
  return { path, hash };
}

/** An environment as a version to be. Without a name it is anonymous and known by its hash. */
export function prepareEnvironment(value: InlineEnvironment, baseDir: string): VersionDraft {
  const definition = readDefinition(value, baseDir);
  const hash = hashDefinition(definition);
  return {
    ...describe(value),
    kind: "environment",
    name: value.name ?? "CliV2AnonymousEnvironment",
    version: value.name === null ? hash.slice(0, 32) : value.version,
    type: null,
    path: null,
    source: typeof value.conda_file === "string" ? value.conda_file : null,
    byReference: false,
    hash,
    isAnonymous: value.name === null,
    stage: null,
    definition: { ...definition },
  };
}

export interface CodeToKeep {
  readonly codeDir: string;
  /** Absolute path of the script, which is taken whatever an ignore file says. */
  readonly script: string;
  /** What lies in the code folder and is no code: the model. */
  readonly leaveOut: readonly string[];
}

/** Takes a snapshot of a code folder, as an anonymous version known by its hash. */
export function prepareCode(catalog: Catalog, { codeDir, script, leaveOut }: CodeToKeep): VersionDraft {
  const folder = contentFolderOf(catalog.home, "code");
  makeFolder(folder);
  removeAbandoned(folder);
  const partial = join(folder, `.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    const { sha256 } = snapshotCode({ codeDir, script, target: partial, leaveOut: [catalog.home, ...leaveOut] });
    syncTree(partial);
    const path = join(folder, sha256.slice(0, 32));
    settle(partial, path);
    return {
      kind: "code",
      name: sha256.slice(0, 32),
      version: "1",
      type: null,
      path,
      source: codeDir,
      byReference: false,
      hash: sha256,
      isAnonymous: true,
      description: null,
      stage: null,
      tags: {},
      properties: { hash_sha256: sha256 },
      definition: null,
    };
  } finally {
    removeTree(partial);
  }
}

function takeContent(
  catalog: Catalog,
  kind: "model" | "data",
  path: string,
  { byReference }: RegisterOptions,
): KeptContent {
  return byReference === true
    ? measureContent(path, catalog.home)
    : keepContent(path, contentFolderOf(catalog.home, kind), catalog.home);
}

function describe(value: Pick<InlineModel, "description" | "tags"> & { readonly properties: unknown }) {
  return {
    description: value.description,
    tags: value.tags ?? {},
    properties: (value.properties ?? {}) as Readonly<Record<string, string>>,
  };
}

/** The flavours that an MLmodel file names; null when it cannot be read: the model itself is checked when it is used. */
function readFlavors(path: string): Record<string, unknown> | null {
  const file = findMlmodelFile(path);
  if (file === null) return null;
  try {
    const content = toPlain(readYamlFile(file).root) as { flavors?: unknown } | null;
    const flavors = content?.flavors;
    return typeof flavors === "object" && flavors !== null ? { ...flavors } : null;
  } catch (error) {
    if (error instanceof BatchwiseError) return null;
    throw error;
  }
}

function syncTree(folder: string): void {
  for (const name of readNames(folder)) {
    const path = join(folder, name);
    if (statSync(toNativePath(path)).isDirectory()) syncTree(path);
    else syncFile(path);
  }
  syncFolder(folder);
}
