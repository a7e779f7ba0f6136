import { join } from "node:path";
import type { AssetKind } from "./records.ts";

/** What the catalog keeps in the home folder. */
export interface CatalogPaths {
  readonly home: string;
  readonly database: string;
  /** Content of assets, each version's under its hash. */
  readonly models: string;
  readonly data: string;
  readonly code: string;
  readonly datastores: string;
  /** Conda files as the environment builder reads them. */
  readonly environmentSpecs: string;
}

export function catalogPaths(home: string): CatalogPaths {
  return {
    home,
    database: join(home, "catalog.sqlite"),
    models: join(home, "models"),
    data: join(home, "data"),
    code: join(home, "code"),
    datastores: join(home, "datastores"),
    environmentSpecs: join(home, "environment-specs"),
  };
}

/** The folder that holds the content of a kind of asset. */
export function contentFolderOf(home: string, kind: Extract<AssetKind, "model" | "data" | "code">): string {
  const paths = catalogPaths(home);
  return { model: paths.models, data: paths.data, code: paths.code }[kind];
}

/** The folder of a datastore. */
export function datastoreFolderOf(home: string, name: string): string {
  return join(catalogPaths(home).datastores, name);
}
