import { setTimeout as delay } from "node:timers/promises";
import type { Catalog } from "../../catalog/catalog.ts";
import type { JobRecord } from "../../catalog/records.ts";
import type { JobState } from "../../jobs/job-status.ts";
import type { Call } from "../az/call.ts";
import { defineCommand, number, toggle } from "../az/command.ts";
import { formatTable } from "../az/output/table.ts";
import { showLine } from "../terminal.ts";

const refreshMs = 1000;

export const watch = defineCommand({
  summary: "live table of the jobs that run or wait, and of those that ended last",
  description: "Without a terminal the table is printed once.",
  options: {
    maxResults: number(["--max-results", "-r"], "Ended jobs to show below. (default: 5)"),
    once: toggle(["--once"], "Print the table once."),
  },
  examples: ["batchwise watch", "batchwise watch --once"],
  run: async ({ maxResults, once }, call) => {
    const ended = maxResults ?? 5;
    if (once || !process.stdout.isTTY) {
      process.stdout.write(await drawTable(call, ended));
      return null;
    }
    await redraw(call, ended);
    return null;
  },
});

/** Draws the table on a screen of its own until Ctrl-C. */
async function redraw(call: Call, ended: number): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  process.on("SIGINT", abort);
  process.on("SIGTERM", abort);
  process.stdout.write("\u001b[?1049h\u001b[?25l");
  try {
    while (!stop.signal.aborted) {
      const lines = (await drawTable(call, ended)).split("\n").slice(0, Math.max(3, (process.stdout.rows || 24) - 1));
      const clipped = lines.map((line) => line.slice(0, process.stdout.columns || 120));
      process.stdout.write(`\u001b[H${clipped.map((line) => `${line}\u001b[K`).join("\n")}\u001b[J`);
      await delay(refreshMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    process.stdout.write("\u001b[?25h\u001b[?1049l");
    process.off("SIGINT", abort);
    process.off("SIGTERM", abort);
  }
}

async function drawTable(call: Call, ended: number): Promise<string> {
  const catalog = await call.openCatalog();
  const { healJobs } = await import("../../jobs/queue.ts");
  healJobs(catalog);
  const open = catalog.jobs.listUnfinished().reverse();
  const names = new Set(open.map(({ name }) => name));
  const last = catalog.jobs.list({ limit: ended + open.length }).filter(({ name }) => !names.has(name));
  const rows = await Promise.all([...open, ...last.slice(0, ended)].map((record) => describeJob(catalog, record)));
  if (rows.length === 0) return "no jobs\n";
  return formatTable(rows, { columns: (row) => row });
}

async function describeJob(catalog: Catalog, record: JobRecord): Promise<Record<string, unknown>> {
  const { readJobStatus } = await import("../../jobs/job-status.ts");
  const state = readJobStatus(catalog.home, record.name, record);
  return {
    name: record.name,
    status: state.status,
    endpoint: record.endpoint ?? "",
    deployment: record.deployment ?? "",
    done: describeDone(state),
    failed: state.counts?.failed ?? "",
    rows: state.counts?.rows ?? "",
    note: state.error === null ? "" : showLine(state.error.message, 60),
  };
}

function describeDone({ counts }: JobState): string {
  if (counts === null) return "";
  const done = counts.scored + counts.failed + counts.skipped;
  const percent = counts.listed === 0 ? 0 : Math.floor((100 * done) / counts.listed);
  return counts.planComplete ? `${done}/${counts.listed} (${percent} %)` : `${done}/${counts.listed}+`;
}
