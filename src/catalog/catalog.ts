import type { DatabaseSync } from "node:sqlite";
import { AssetTable } from "./asset-table.ts";
import { catalogPaths } from "./catalog-paths.ts";
import { ComputeTable } from "./compute-table.ts";
import { describeCatalogError, openDatabase } from "./database.ts";
import { DatastoreTable } from "./datastore-table.ts";
import { DeploymentTable } from "./deployment-table.ts";
import { EndpointTable } from "./endpoint-table.ts";
import { JobTable } from "./job-table.ts";
import { Statements } from "./statements.ts";

/** Endpoints, deployments, assets, computes, datastores and the index of jobs: what is known in one home folder. */
export interface Catalog {
  readonly home: string;
  readonly endpoints: EndpointTable;
  readonly deployments: DeploymentTable;
  readonly assets: AssetTable;
  readonly computes: ComputeTable;
  readonly datastores: DatastoreTable;
  readonly jobs: JobTable;
  /**
   * Runs `work` alone among writers: all of it happens, or nothing. Reads in it see what nobody else can change meanwhile. Inside another transaction it
   * joins that one. Keep it short: other processes wait.
   */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the catalog of a home folder, which is made when it is not there.
 *
 * @example
 * const catalog = openCatalog(home);
 * try { console.log(catalog.endpoints.list().length); } finally { catalog.close(); }
 */
export function openCatalog(home: string): Catalog {
  const path = catalogPaths(home).database;
  const db = openDatabase(home, path);
  const statements = new Statements(db);
  return {
    home,
    endpoints: new EndpointTable(statements),
    deployments: new DeploymentTable(statements),
    assets: new AssetTable(statements),
    computes: new ComputeTable(statements),
    datastores: new DatastoreTable(statements),
    jobs: new JobTable(statements),
    transaction: (work) => runTransaction(db, path, work),
    close: () => db.close(),
  };
}

function runTransaction<T>(db: DatabaseSync, path: string, work: () => T): T {
  if (db.isTransaction) return work();
  try {
    // IMMEDIATE: a transaction that reads first and writes later would fail, not wait, when another one wrote in between.
    db.exec("BEGIN IMMEDIATE");
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw describeCatalogError(error, path);
  }
}
