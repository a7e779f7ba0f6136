import { existsSync } from "node:fs";
import { catalogPaths } from "../catalog/catalog-paths.ts";

/**
 * After a driver has let go of a job: its record in the catalog follows the folder, and its slot goes to the next job. Nothing happens where there is no catalog
 * (`batchwise score` needs none).
 */
export async function settleJob(home: string, name: string): Promise<void> {
  if (!existsSync(catalogPaths(home).database)) return;
  const [{ openCatalog }, { healJobs }] = await Promise.all([
    import("../catalog/catalog.ts"),
    import("../jobs/queue.ts"),
  ]);
  const catalog = openCatalog(home);
  try {
    healJobs(catalog, { released: name });
  } finally {
    catalog.close();
  }
}

/** Before a job is resumed in the foreground: its record, if there is one, says that it goes on. */
export async function markDriven(home: string, name: string): Promise<void> {
  if (!existsSync(catalogPaths(home).database)) return;
  const { openCatalog } = await import("../catalog/catalog.ts");
  const catalog = openCatalog(home);
  try {
    catalog.jobs.update(name, { stage: "started", status: "Running" });
  } finally {
    catalog.close();
  }
}
