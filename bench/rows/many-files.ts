import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles, ensureFlatFiles, ensureLinkedTree } from "../harness/inputs.ts";
import type { Contender, Metric, Row } from "../harness/row.ts";
import { expectSuccess, runCommand } from "../harness/run-command.ts";
import { jobFolder, readAttemptTimes, readLogTime, startJob } from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 10;
const script = join(benchFolder, "scripts", "slow_echo.py");
const pollMs = 100;

const metrics: readonly Metric[] = [
  { key: "firstRunMs", label: "ms to first run()", digits: 0 },
  { key: "plannedS", label: "s until planned", digits: 2 },
  { key: "rssMiB", label: "driver MiB", digits: 0 },
];

/** A large input in many folders: the first mini-batch must not wait for the listing, and memory must not grow with it. */
export const manyFiles: Row = {
  name: "many-files",
  title: "Large input in many folders, scoring slower than listing; stopped once everything is planned",
  async prepare(context) {
    const folders = context.options.quick ? 20 : 1000;
    const files = folders * 1000;
    const input = ensureEmptyFiles(context, folders, 1000);
    const contenders = [stoppedJob(context, `batchwise, ${describe(files)}`, "many", [input])];
    const { scale } = context.options;
    if (scale > 1) {
      const copies = Array.from({ length: scale - 1 }, (_, index) =>
        ensureLinkedTree(context, input, `linked-${folders}x1000-${index + 1}`, files),
      );
      contenders.push(stoppedJob(context, `batchwise, ${describe(files * scale)}`, "more", [input, ...copies]));
    }
    return {
      parameters: `${describe(files)} in ${folders} folders, 20 ms a run()`,
      metrics,
      ratioOf: "rssMiB",
      contenders,
      goals: [
        {
          what: "ms to first run(), many folders",
          contender: contenders[0]!.name,
          metric: "firstRunMs",
          must: 500,
          aim: 300,
          better: "lower",
        },
        {
          what: "driver MiB, many folders",
          contender: contenders[0]!.name,
          metric: "rssMiB",
          must: 200,
          aim: 150,
          better: "lower",
        },
        {
          what: "s until planned",
          contender: contenders[0]!.name,
          metric: "plannedS",
          must: 10,
          aim: 10,
          better: "lower",
        },
      ],
      skipped: scale > 1 ? [] : ["three times as many files: say --scale 3"],
    };
  },
};

/** All files in one folder, which must be read whole before the first of them in order is known. */
export const flatFolder: Row = {
  name: "flat-folder",
  title: "Large input in one folder",
  async prepare(context) {
    const files = context.options.quick ? 20_000 : 1_000_000;
    const input = ensureFlatFiles(context, files);
    const contender = stoppedJob(context, "batchwise", "flat", [input]);
    return {
      parameters: `${describe(files)} in one folder, 20 ms a run()`,
      metrics,
      ratioOf: null,
      contenders: [contender, listingFloor(context, input)],
      goals: [
        {
          what: "ms to first run(), one folder",
          contender: "batchwise",
          metric: "firstRunMs",
          must: 3000,
          aim: 1500,
          better: "lower",
        },
      ],
      skipped: [],
    };
  },
};

const describe = (files: number) => `${files.toLocaleString("en")} files`;

/** Runs a job until its plan is complete, then stops it. */
function stoppedJob(context: BenchContext, contender: string, name: string, inputs: readonly string[]): Contender {
  return {
    name: contender,
    async run(repetition) {
      const request = { name: `${name}-${repetition}`, script, inputs, miniBatchSize, workers, python: context.python };
      const folder = jobFolder(context, request.name);
      const stop = new AbortController();
      const onStart = (pid: number) => void stopOncePlanned(folder, pid, stop.signal);
      const job = await startJob(context, { ...request, onStart });
      stop.abort();
      if (job.command.code !== 130) throw new Error(`expected a stopped job, exit code 130:\n${job.command.stderr}`);
      const { startedAtMs, peakRssBytes } = job.command;
      return {
        metrics: {
          firstRunMs: readAttemptTimes(job.folder).firstStartMs - startedAtMs,
          plannedS: (readLogTime(job.folder, "plan complete") - startedAtMs) / 1000,
          rssMiB: peakRssBytes / 2 ** 20,
        },
        cleanUp: job.remove,
      };
    },
  };
}

/** Asks the driver to drain once its log says that everything is planned, and soon after to stop at once. */
async function stopOncePlanned(folder: string, pid: number, ended: AbortSignal): Promise<void> {
  while (!ended.aborted && Number.isNaN(readLogTime(folder, "plan complete"))) await sleep(pollMs);
  for (let asked = 0; asked < 2 && !ended.aborted; asked++) {
    process.kill(pid, "SIGINT");
    await sleep(pollMs);
  }
}

/** The same folder read and sorted by a Python that does nothing else: only then is the first file known. */
function listingFloor(context: BenchContext, input: string): Contender {
  return {
    name: "floor: os.listdir, sorted",
    async run() {
      const code = "import os, sys; sorted(os.listdir(os.fsencode(sys.argv[1])))";
      const args = ["-c", code, input];
      const result = expectSuccess(await runCommand(context.python, args, { env: context.env }), "the listing");
      return { metrics: { firstRunMs: result.wallMs } };
    },
  };
}
