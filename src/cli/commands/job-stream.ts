import type { JobState } from "../../jobs/job-status.ts";
import { AzError } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { defineCommand } from "../az/command.ts";
import { findJobName, jobNameOption } from "./job-view.ts";

export const stream = defineCommand({
  summary: "follow a job until it ends: its progress and its log; ends with 1 when the job failed",
  description: "It may be stopped (Ctrl-C) and started anywhere, at any time; the job does not notice.",
  options: { name: jobNameOption },
  examples: ["batchwise job stream -n my-job"],
  run: async ({ name }, call) => {
    const catalog = await call.openCatalog();
    await streamToEnd(call, await findJobName(catalog, name));
    return null;
  },
});

/** Writes what `az ml job stream` writes to stdout. Throws when the job failed, when its driver is gone, and at Ctrl-C. */
export async function streamToEnd(call: Call, name: string): Promise<JobState> {
  const catalog = await call.openCatalog();
  const { readJobStatus } = await import("../../jobs/job-status.ts");
  const { streamJob } = await import("../../jobs/stream-job.ts");
  const { jobPageUrl } = await import("../../jobs/present-job.ts");
  const { healJobs } = await import("../../jobs/queue.ts");
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, abort);
  try {
    const state = await streamJob({
      home: call.home,
      name,
      webView: jobPageUrl(name),
      readState: () => {
        healJobs(catalog);
        return readJobStatus(call.home, name, catalog.jobs.get(name));
      },
      write: (text) => process.stdout.write(text),
      signal: stop.signal,
    });
    if (state === null) {
      throw new AzError(1, `The streaming was interrupted; job ${name} goes on.`, [
        `Follow it with: batchwise job stream -n ${name}`,
      ]);
    }
    if (state.status === "Failed" || state.status === "NotResponding") throw describeFailure(state);
    return state;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, abort);
  }
}

function describeFailure({ error, status, resumeCommand }: JobState): AzError {
  const message = error === null ? `the job is ${status}` : error.message;
  const details = {
    error: { code: error?.code ?? "UserError", message, ...(error?.hint ? { hint: error.hint } : {}) },
  };
  const how = resumeCommand === null ? [] : [`Go on with: ${resumeCommand}`];
  return new AzError(1, `Exception : \n ${JSON.stringify(details, null, 4)} `, how);
}
