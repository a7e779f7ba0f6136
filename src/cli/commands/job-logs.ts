import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { LogRange, LogSelector } from "../../jobs/job-logs.ts";
import { AzError } from "../az/az-error.ts";
import { defineCommand, number, text, toggle } from "../az/command.ts";
import { findJobName, jobNameOption } from "./job-view.ts";

const pollMs = 200;

export const logs = defineCommand({
  summary: "show what the script printed: of all workers, of one, at one mini-batch, or at one item",
  options: {
    name: jobNameOption,
    miniBatch: number(["--mini-batch", "-m"], "Attempts at this mini-batch."),
    item: text(["--item"], "Attempts at the mini-batches of this file.", { placeholder: "PATH", completes: "file" }),
    worker: number(["--worker"], "This worker's whole log."),
    follow: toggle(["--follow"], "Go on until the job ends."),
  },
  examples: [
    "batchwise job logs -n my-job --follow",
    "batchwise job logs -n my-job --mini-batch 17",
    "batchwise job logs -n my-job --item images/0042.png",
  ],
  run: async ({ name: written, follow, ...chosen }, call) => {
    const catalog = await call.openCatalog();
    const name = await findJobName(catalog, written);
    const selector = readSelector(chosen);
    const { findLogRanges } = await import("../../jobs/job-logs.ts");
    const { readJobStatus, terminalStatuses } = await import("../../jobs/job-status.ts");
    const printer = new LogPrinter();
    for (;;) {
      const { status } = readJobStatus(call.home, name, catalog.jobs.get(name));
      await printer.print(findLogRanges(call.home, name, selector));
      if (!follow || terminalStatuses.has(status)) return null;
      await delay(pollMs);
    }
  },
});

function readSelector(chosen: { miniBatch: number | null; item: string | null; worker: number | null }): LogSelector {
  const { miniBatch, item, worker } = chosen;
  if ([miniBatch, item, worker].filter((each) => each !== null).length > 1) {
    throw new AzError(2, "argument --mini-batch/-m: only one of --mini-batch, --item and --worker may be given");
  }
  if (miniBatch !== null) return { miniBatch };
  if (item !== null) return { item };
  return worker !== null ? { worker } : { all: true };
}

/** Prints parts of logs below their titles; called again, only what is new. */
class LogPrinter {
  readonly #printed = new Map<string, number>();
  #title: string | null = null;

  async print(ranges: readonly LogRange[]): Promise<void> {
    const { readLogRange } = await import("../../jobs/job-logs.ts");
    for (const range of ranges) {
      const key = `${range.title}\0${range.file}\0${range.start}`;
      const start = this.#printed.get(key) ?? range.start;
      const chunks = readLogRange({ ...range, start });
      let next = chunks.next();
      if (!this.#printed.has(key) || next.done !== true) this.#writeTitle(range.title);
      while (next.done !== true) {
        if (!process.stdout.write(next.value)) await once(process.stdout, "drain");
        next = chunks.next();
      }
      this.#printed.set(key, next.value);
    }
  }

  #writeTitle(title: string): void {
    if (title === this.#title) return;
    process.stdout.write(`${this.#title === null ? "" : "\n"}==> ${title} <==\n`);
    this.#title = title;
  }
}
