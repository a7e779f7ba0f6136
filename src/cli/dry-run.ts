import type { JobSettings } from "../config/job-settings.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import type { PlannedMiniBatch } from "../input/input.ts";
import { startListing } from "../input/listing.ts";
import { refuseTakenName } from "../jobs/create-job.ts";
import { jobFolderOf } from "../jobs/home.ts";
import { refuseScriptProblem } from "../jobs/preflight.ts";
import { decodeItems } from "../storage/item-payload.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { showPath } from "../storage/path-bytes.ts";
import { findInterpreter } from "./find-interpreter.ts";
import { formatBytes, formatNumberOf } from "./format.ts";
import type { ProgressView } from "./progress-view.ts";

interface Plan {
  files: number;
  bytes: number;
  miniBatches: number;
  rejected: number;
  first: string | null;
  last: string | null;
}

/** `--dry-run`: the same checks as for a real job, then what it would do, on stdout. Nothing is made. */
export async function showDryRun(settings: JobSettings, home: string, view: ProgressView): Promise<ExitCode> {
  refuseTakenName(jobFolderOf(home, settings.name), settings.name);
  const [python, plan] = await Promise.all([findInterpreter(settings, home, view, settings.script), listAll(settings)]);
  refuseScriptProblem(python, settings.script);
  const output = settings.outputPath ?? jobPaths(jobFolderOf(home, settings.name)).defaultOutput;
  const rows =
    settings.outputAction === "append_row"
      ? `${settings.outputFileName}, format ${settings.outputFormat}`
      : "files written by the script";
  const lines = [
    `job          ${settings.name} (not made: dry run)`,
    `script       ${showPath(settings.script)}`,
    `model        ${settings.model === null ? "none" : showPath(settings.model)}`,
    `python       ${python.version} (${python.executable})`,
    `files        ${formatNumberOf(plan.files, "file")}, ${formatBytes(plan.bytes)}${plan.rejected > 0 ? `; ${formatNumberOf(plan.rejected, "entry", "entries")} left out` : ""}`,
    `mini-batches ${formatNumberOf(plan.miniBatches, "mini-batch", "mini-batches")} of up to ${formatNumberOf(settings.miniBatchSize, "file")}`,
    ...(plan.first === null ? [] : [`first file   ${showPath(plan.first)}`]),
    ...(plan.last === null ? [] : [`last file    ${showPath(plan.last)}`]),
    `workers      ${settings.workers}`,
    `output       ${showPath(output)} (${rows})`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}

async function listAll(settings: JobSettings): Promise<Plan> {
  const { inputs, include, exclude, miniBatchSize } = settings;
  const listing = await startListing({
    inputs,
    include,
    exclude,
    miniBatchSize,
    firstId: 0,
    firstItem: 0,
    after: null,
  });
  const plan: Plan = { files: 0, bytes: 0, miniBatches: 0, rejected: 0, first: null, last: null };
  let last: PlannedMiniBatch | undefined;
  try {
    for (let chunk = await listing.next(); chunk !== null; chunk = await listing.next()) {
      for (const miniBatch of chunk.miniBatches) {
        plan.files += miniBatch.items;
        plan.bytes += miniBatch.bytes;
      }
      plan.miniBatches += chunk.miniBatches.length;
      plan.rejected += chunk.rejected.length;
      plan.first ??= pathOf(chunk.miniBatches[0], 0);
      last = chunk.miniBatches.at(-1) ?? last;
    }
  } finally {
    await listing.close();
  }
  plan.last = pathOf(last, -1);
  return plan;
}

function pathOf(miniBatch: PlannedMiniBatch | undefined, index: number): string | null {
  const item = miniBatch === undefined ? undefined : decodeItems(miniBatch.payload).at(index);
  return item === undefined ? null : item.folder + item.name;
}
