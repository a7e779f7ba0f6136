import { join } from "node:path";
import { benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import type { Row } from "../harness/row.ts";
import { expectSuccess, runCommand } from "../harness/run-command.ts";
import { runPeer } from "../harness/run-peer.ts";
import { outputFileOf, scoreJob } from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 1;
const perFolder = 256;
const rowBytes = 65_536;
const script = join(benchFolder, "scripts", "large_rows.py");

/** How many bytes of rows go through a driver: from the worker's memory to a durable, published file. */
export const largeRows: Row = {
  name: "large-rows",
  title: "Rows through append_row, 64 KiB a mini-batch, 2 workers",
  async prepare(context) {
    const folders = context.options.quick ? 4 : 64;
    const pieces = folders * perFolder;
    const megabytes = (pieces * rowBytes) / 1e6;
    const input = ensureEmptyFiles(context, folders, perFolder);
    const { python } = context;
    return {
      parameters: `${pieces.toLocaleString("en")} mini-batches, ${(megabytes / 1000).toFixed(2)} GB of rows`,
      metrics: [
        { key: "jobMBps", label: "MB/s, job alone", digits: 0 },
        { key: "MBps", label: "MB/s, whole command", digits: 0 },
        { key: "cpuS", label: "CPU s", digits: 1 },
        { key: "rssMiB", label: "driver MiB", digits: 0 },
      ],
      ratioOf: "MBps",
      contenders: [
        {
          name: "batchwise",
          async run(repetition) {
            const name = `large-rows-${repetition}`;
            const job = await scoreJob(context, { name, script, inputs: [input], miniBatchSize, workers, python });
            return {
              metrics: {
                jobMBps: megabytes / (job.outcome.wallMs / 1000),
                MBps: megabytes / (job.command.wallMs / 1000),
                cpuS: job.command.cpuMs / 1000,
                rssMiB: job.command.peakRssBytes / 2 ** 20,
              },
              outputFile: outputFileOf(job.outcome),
              cleanUp: job.remove,
            };
          },
        },
        {
          name: "multiprocessing.Pool, chunk 1",
          note: "does not sync its file",
          async run() {
            const result = await runPeer(context, { peer: "pool", python, script, input, miniBatchSize, workers });
            return {
              metrics: { MBps: megabytes / (result.wallMs / 1000), cpuS: result.cpuMs / 1000 },
              outputFile: result.outputFile,
              cleanUp: result.remove,
            };
          },
        },
        {
          name: "floor: write and fsync alone",
          async run() {
            const args = [join(benchFolder, "peers", "write_floor.py"), join(context.scratch, "floor"), String(pieces)];
            const result = expectSuccess(await runCommand(python, args, { env: context.env }), "the floor");
            return { metrics: { MBps: megabytes / Number(result.stdout), cpuS: result.cpuMs / 1000 } };
          },
        },
      ],
      goals: [
        { what: "MB/s of rows", contender: "batchwise", metric: "jobMBps", must: 250, aim: 400, better: "higher" },
      ],
      skipped: [],
    };
  },
};
