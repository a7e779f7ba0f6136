import type { FailureReason, JobOutcome } from "../driver/job-outcome.ts";
import { formatBytes, formatDuration, formatNumberOf, formatRate } from "./format.ts";
import { nameHome } from "./name-home.ts";
import { makeStyle, showLine, showText, type TextStream } from "./terminal.ts";

export interface SummaryContext {
  readonly name: string;
  readonly jobFolder: string;
}

/** A job that is resumed as it is would meet these again at once; their own hints say what to change. */
const needsChange: ReadonlySet<string> = new Set([
  "error_threshold_exceeded",
  "output_exists",
  "output_conflict",
  "columns_differ",
]);

/** The last lines of a job: what happened to the items, how fast it went, where the output is, and why items failed. */
export function formatSummary(outcome: JobOutcome, context: SummaryContext, stream: TextStream): string {
  const style = makeStyle(stream);
  const lines = [
    `${style.bold(showText(context.name))}: ${describeStatus(outcome, style)}`,
    `  items    ${describeItems(outcome)}`,
    `  rows     ${formatNumberOf(outcome.rows, "row")}, ${formatBytes(outcome.rowsBytes)}`,
    `  time     ${describeTime(outcome)}`,
    `  output   ${describeOutput(outcome, context)}`,
  ];
  if (outcome.topReasons.length > 0) {
    lines.push("  failed because of");
    for (const reason of outcome.topReasons) {
      lines.push(...describeReason(reason, context.name).map((line) => `    ${line}`));
    }
  }
  if (outcome.failedItemsFile !== null) lines.push(`  all failed items: ${showText(outcome.failedItemsFile)}`);
  const isBlocked = outcome.error !== null && needsChange.has(outcome.error.code);
  if (!isBlocked && (outcome.status === "Interrupted" || (outcome.status === "Failed" && outcome.resumable))) {
    // Without the flag there would be nothing to do.
    const flag = outcome.error?.code === "all_items_failed" ? " --retry-failed" : "";
    lines.push(`  nothing is lost; go on with: ${style.bold(`batchwise resume ${context.name}${flag}`)}`);
  }
  return nameHome(`${lines.join("\n")}\n`, context.jobFolder);
}

function describeStatus(outcome: JobOutcome, style: ReturnType<typeof makeStyle>): string {
  if (outcome.status === "Failed") return style.red("failed");
  if (outcome.status === "Interrupted") return style.yellow("interrupted");
  return outcome.failed > 0 ? style.yellow("completed with failed items") : style.green("completed");
}

function describeItems({ scored, failed, skipped, listed, status }: JobOutcome): string {
  const left = listed - scored - failed - skipped;
  const rest = left > 0 && status !== "Completed" ? `, ${formatNumberOf(left, "item")} not done yet` : "";
  return `${formatNumberOf(scored, "item")} scored, ${failed} failed, ${skipped} skipped${rest}`;
}

function describeTime(outcome: JobOutcome): string {
  if (outcome.endedThisRun === 0) return `${formatDuration(outcome.wallMs)}, no item ended in it`;
  const rate = formatRate((outcome.endedThisRun * 1000) / outcome.wallMs);
  const share =
    outcome.workerMs > 0
      ? `, ${Math.round((100 * outcome.runMs) / outcome.workerMs)} % of the workers' time in run()`
      : "";
  return `${formatDuration(outcome.wallMs)}, ${rate} items/s, ${formatNumberOf(outcome.workers, "worker")}${share}`;
}

function describeOutput(outcome: JobOutcome, { jobFolder }: SummaryContext): string {
  if (outcome.outputFolder === null) return `not published yet; the job folder is ${showText(jobFolder)}`;
  const files =
    outcome.scriptFiles > 0 ? ` (${formatNumberOf(outcome.scriptFiles, "file")} written by the script)` : "";
  return showText(outcome.outputFile ?? outcome.outputFolder) + files;
}

function describeReason(failure: FailureReason, job: string): string[] {
  const { reason, errorType, message, count, examplePath, exampleMiniBatch } = failure;
  const what = [errorType, message].filter((part) => part !== null && part !== "").join(": ");
  const lines = [`${formatNumberOf(count, "item")}: ${reason}${what === "" ? "" : `: ${showLine(what)}`}`];
  if (examplePath !== null) lines.push(`  for example ${showLine(examplePath, 1000)}`);
  if (exampleMiniBatch !== null) lines.push(`  debug it: batchwise replay ${job} ${exampleMiniBatch}`);
  return lines;
}
