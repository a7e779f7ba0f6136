import type { Catalog } from "../../catalog/catalog.ts";

/** The jobs of an endpoint, or of one of its deployments, newest first. */
export async function listJobsOf(catalog: Catalog, endpoint: string, deployment: string | null): Promise<unknown[]> {
  const { listJobs } = await import("../../jobs/list-jobs.ts");
  const { presentListedInvocation, presentListedJob } = await import("../../jobs/present-job.ts");
  const filter = {
    endpoint,
    archived: "include" as const,
    ...(deployment === null ? {} : { deployment: deployment.toLowerCase() }),
  };
  return listJobs(catalog, filter).map(({ record, status }) => ({
    ...presentListedJob(record, status),
    ...presentListedInvocation(record.name, record.endpoint ?? endpoint, record.deployment ?? "", status),
  }));
}
