import { resolve } from "node:path";
import { AzError } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { type CommandGroup, defineCommand, text, toggle } from "../az/command.ts";
import { create, validate } from "./job-create.ts";
import { errors } from "./job-errors.ts";
import { logs } from "./job-logs.ts";
import { replay } from "./job-replay.ts";
import { resume } from "./job-resume.ts";
import { stream } from "./job-stream.ts";
import { update } from "./job-update.ts";
import { findJobName, jobNameOption, loadJobView } from "./job-view.ts";
import { readLimit, readListFilter } from "./list-filter.ts";
import { listOptions, noWaitOption } from "./shared-options.ts";
import { watch } from "./watch.ts";

const webOption = toggle(["--web", "-e"], "Name the job's page on stderr.");

export const job: CommandGroup = {
  summary: "jobs: follow them, fetch their results, stop and resume them",
  commands: {
    create,
    validate,
    show: defineCommand({
      summary: "show a job",
      options: { name: jobNameOption, web: webOption },
      examples: ["batchwise job show -n my-job --query status -o tsv"],
      run: async ({ name, web }, call) => {
        const { presentJob, jobPageUrl, jobId } = await import("../../jobs/present-job.ts");
        const view = await loadJobView(call, name);
        if (web) call.note(`The job's page, while batchwise serve runs: ${jobPageUrl(view.name)}`);
        const shape = presentJob(view);
        return name === view.name ? shape : { ...shape, id: jobId(name), name };
      },
    }),
    list: defineCommand({
      summary: "list jobs, newest first",
      options: {
        ...listOptions,
        allResults: {
          ...text(["--all-results"], "All of them.", { choices: ["true", "false"] }),
          takes: "toggle",
          parse: (given) => given[0] ?? "true",
        },
        parentJobName: text(["--parent-job-name", "-p"], "List the steps of this job.", {
          placeholder: "NAME",
          completes: "job",
        }),
      },
      examples: ["batchwise job list -o table", 'batchwise job list --parent-job-name my-job --query "[].name" -o tsv'],
      table: (row) => ({
        name: row.name,
        status: row.status,
        experiment: row.experiment_name,
        "compute target": row.compute,
        "job type": row.type,
        "created on": (row.creation_context as { created_at?: string } | undefined)?.created_at,
      }),
      run: async (values, call) => {
        const archived = readListFilter(values);
        if (values.parentJobName !== null) return [await presentChild(call, values.parentJobName)];
        const isAll = values.allResults?.toLowerCase() === "true";
        const limit = isAll ? null : readLimit(values.maxResults, 50);
        if (limit !== null) call.note(`Displaying top ${limit} results from the list command.`);
        const catalog = await call.openCatalog();
        const { listJobs } = await import("../../jobs/list-jobs.ts");
        const { presentListedJob } = await import("../../jobs/present-job.ts");
        return listJobs(catalog, { archived, limit }).map(({ record, status }) => presentListedJob(record, status));
      },
    }),
    stream,
    download: defineCommand({
      summary: "copy the results of a job to PATH/named-outputs/score/…, and with --all its logs to PATH/artifacts/…",
      options: {
        name: jobNameOption,
        downloadPath: text(["--download-path", "-p"], "Folder to copy into. (default: .)", {
          placeholder: "DIR",
          completes: "folder",
        }),
        outputName: text(["--output-name"], "Output to copy: score.", { placeholder: "NAME" }),
        all: toggle(["--all"], "Logs and lists of failed items, too."),
      },
      examples: ["batchwise job download --name my-job --output-name score --download-path ./out"],
      run: async ({ name: written, downloadPath, outputName, all }, call) => {
        const catalog = await call.openCatalog();
        const name = await findJobName(catalog, written);
        const { readJobStatus } = await import("../../jobs/job-status.ts");
        const { downloadJob } = await import("../../jobs/download-job.ts");
        const state = readJobStatus(call.home, name, catalog.jobs.get(name));
        const target = resolve(downloadPath ?? ".");
        const done = downloadJob({ home: call.home, name, state, target, outputName, all });
        call.note(`Downloaded ${done.files} ${done.files === 1 ? "file" : "files"} to ${done.folders.join(" and ")}`);
        return null;
      },
    }),
    cancel: defineCommand({
      summary: "end a job; what was scored stays, and it can be resumed",
      options: { name: jobNameOption, noWait: noWaitOption },
      examples: ["batchwise job cancel -n my-job"],
      run: async ({ name: written, noWait }, call) => {
        const catalog = await call.openCatalog();
        const name = await findJobName(catalog, written);
        const { cancelJob } = await import("../../jobs/cancel-job.ts");
        const { status } = await cancelJob(catalog, name, { wait: !noWait });
        call.note(noWait ? `See it with: batchwise job show -n ${name}` : `Job ${name}: ${status}`);
        return null;
      },
    }),
    archive: makeArchive(true),
    restore: makeArchive(false),
    update,
    resume,
    replay,
    errors,
    logs,
    watch,
  },
};

function makeArchive(archived: boolean) {
  return defineCommand({
    summary: archived ? "hide a job that has ended from lists" : "show an archived job in lists again",
    options: { name: jobNameOption },
    examples: [`batchwise job ${archived ? "archive" : "restore"} -n my-job`],
    run: async ({ name }, call) => {
      const catalog = await call.openCatalog();
      const { archiveJob } = await import("../../jobs/archive-job.ts");
      archiveJob(catalog, await findJobName(catalog, name), archived);
      return null;
    },
  });
}

/** The one step of a batch job: samples download from it. */
async function presentChild(call: Call, parent: string) {
  const { presentJob, childSuffix, jobId } = await import("../../jobs/present-job.ts");
  const view = await loadJobView(call, parent);
  if (parent !== view.name) throw new AzError(1, `${parent} is a step of ${view.name} and has no steps of its own.`);
  const name = `${parent}${childSuffix}`;
  return {
    ...presentJob(view),
    id: jobId(name),
    name,
    display_name: "scoring",
    type: "parallel",
    parent_job_name: parent,
  };
}
