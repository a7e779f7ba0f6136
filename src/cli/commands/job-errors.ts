import { once } from "node:events";
import { defineCommand, number, text, toggle } from "../az/command.ts";
import { showLine } from "../terminal.ts";
import { findJobName, jobNameOption } from "./job-view.ts";

export const errors = defineCommand({
  summary: "list the failed items of a job, while it runs or after: why each failed, where its log is",
  options: {
    name: jobNameOption,
    reason: text(["--reason"], "Only this reason: exception, timeout, crash …", { placeholder: "WORD" }),
    miniBatch: number(["--mini-batch", "-m"], "Only those of this mini-batch."),
    maxResults: number(["--max-results", "-r"], "Most items to list."),
    jsonl: toggle(["--jsonl"], "Print one JSON object a line, without holding them all in memory."),
  },
  examples: ["batchwise job errors -n my-job -o table", "batchwise job errors -n my-job --jsonl | jq -r .path"],
  table: ({ path, reason, error_type, message, attempts, mini_batch }) => ({
    path,
    reason,
    error: error_type,
    message: typeof message === "string" ? showLine(message, 80) : null,
    attempts,
    "mini-batch": mini_batch,
  }),
  run: async ({ name: written, reason, miniBatch, maxResults, jsonl }, call) => {
    const catalog = await call.openCatalog();
    const name = await findJobName(catalog, written);
    const { readJobStatus } = await import("../../jobs/job-status.ts");
    const { iterateJobErrors, toErrorLine } = await import("../../jobs/job-errors.ts");
    // Tells that there is such a job.
    readJobStatus(call.home, name, catalog.jobs.get(name));
    const items = iterateJobErrors(call.home, name, {
      ...(reason === null ? {} : { reason }),
      ...(miniBatch === null ? {} : { miniBatch }),
      ...(maxResults === null ? {} : { limit: maxResults }),
    });
    if (!jsonl) return Array.from(items, toErrorLine);
    for (const item of items) {
      if (!process.stdout.write(`${JSON.stringify(toErrorLine(item))}\n`)) await once(process.stdout, "drain");
    }
    return null;
  },
});
