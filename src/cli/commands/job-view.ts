import type { Catalog } from "../../catalog/catalog.ts";
import type { JobView } from "../../jobs/present-job.ts";
import type { Call } from "../az/call.ts";
import { requiredText } from "../az/command.ts";

export const jobNameOption = requiredText(["--name", "-n"], "Name of the job.", {
  placeholder: "NAME",
  completes: "job",
});

/** The job that a name means: the scoring step of a batch job is the job itself. */
export async function findJobName(catalog: Catalog, written: string): Promise<string> {
  const { childSuffix } = await import("../../jobs/present-job.ts");
  if (!written.endsWith(childSuffix) || catalog.jobs.get(written) !== null) return await checkName(written);
  return await checkName(written.slice(0, -childSuffix.length));
}

/** A name becomes a folder's name: what cannot be one is refused as `batchwise resume` refuses it. */
async function checkName(name: string): Promise<string> {
  const { parseJobName } = await import("../read-settings.ts");
  return parseJobName(name);
}

/** Everything that is shown of a job. Queues are healed first. Throws `job_not_found`. */
export async function loadJobView(call: Call, written: string): Promise<JobView> {
  const catalog = await call.openCatalog();
  const name = await findJobName(catalog, written);
  const { readJobStatus } = await import("../../jobs/job-status.ts");
  const { readRequest } = await import("../../jobs/request.ts");
  const { jobFolderOf } = await import("../../jobs/home.ts");
  const record = catalog.jobs.get(name);
  const state = readJobStatus(call.home, name, record);
  return { home: call.home, name, record, request: await readRequest(jobFolderOf(call.home, name), name), state };
}
