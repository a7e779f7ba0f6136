import type { SubmitRequest } from "../../jobs/submit-job.ts";
import type { Call } from "../az/call.ts";
import { readVersion } from "../version.ts";

/** What `invoke` prints. */
export interface Submitted extends Readonly<Record<string, unknown>> {
  readonly name: string;
}

type Place = "cwd" | "env" | "batchwiseVersion";

/** Submits a job, says what was mapped or left aside, and returns what `invoke` prints. */
export async function submit(call: Call, request: Omit<SubmitRequest, Place>): Promise<Submitted> {
  const catalog = await call.openCatalog();
  const { submitJob } = await import("../../jobs/submit-job.ts");
  const { readJobStatus } = await import("../../jobs/job-status.ts");
  const { readRequest } = await import("../../jobs/request.ts");
  const { jobFolderOf } = await import("../../jobs/home.ts");
  const { presentInvocation } = await import("../../jobs/present-job.ts");
  const { record, notices, isNew } = await submitJob(catalog, call.home, {
    ...request,
    cwd: process.cwd(),
    env: process.env,
    batchwiseVersion: readVersion(),
  });
  for (const notice of notices) call.warn(notice);
  const { name } = record;
  if (!isNew) call.note(`Job ${name} was submitted with this client key before: it is the same job.`);
  call.note(`Follow it with: batchwise job stream -n ${name}`);
  const state = readJobStatus(call.home, name, catalog.jobs.get(name));
  const shape = presentInvocation({
    home: call.home,
    name,
    record,
    request: await readRequest(jobFolderOf(call.home, name), name),
    state,
  });
  return { ...shape, name };
}
