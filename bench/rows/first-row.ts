import { join } from "node:path";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import type { Contender, Row } from "../harness/row.ts";
import { runPeer } from "../harness/run-peer.ts";
import { outputFileOf, readAttemptTimes, readLogTime, scoreJob } from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 10;
const script = join(benchFolder, "scripts", "echo.py");

/** How long a person waits for the first sign that it works. */
export const firstRow: Row = {
  name: "first-row",
  title: "From the command to the first committed row, plain Python script, 2 workers",
  async prepare(context) {
    const input = ensureEmptyFiles(context, 20, 50);
    return {
      parameters: "1,000 empty files in 20 folders",
      metrics: [
        { key: "firstRowMs", label: "ms to first row", digits: 0 },
        { key: "firstRunMs", label: "ms to first run()", digits: 0 },
        { key: "wallMs", label: "ms in all", digits: 0 },
      ],
      ratioOf: "firstRowMs",
      contenders: [
        ours(context, "batchwise", input, context.python),
        ours(context, "batchwise, Python looked for on PATH", input, null),
        {
          name: "multiprocessing.Pool, chunk 1",
          note: "its row is flushed to the file, and not durable",
          async run() {
            const { python } = context;
            const result = await runPeer(context, { peer: "pool", python, script, input, miniBatchSize, workers });
            return {
              metrics: { firstRowMs: result.firstRowMs, wallMs: result.wallMs },
              outputFile: result.outputFile,
              cleanUp: result.remove,
            };
          },
        },
      ],
      goals: [
        {
          what: "ms to first committed row",
          contender: "batchwise",
          metric: "firstRowMs",
          must: 400,
          aim: 300,
          better: "lower",
        },
      ],
      skipped: [],
    };
  },
};

function ours(context: BenchContext, contender: string, input: string, python: string | null): Contender {
  return {
    name: contender,
    async run(repetition) {
      const name = `first-row-${python === null ? "path-" : ""}${repetition}`;
      const job = await scoreJob(context, { name, script, inputs: [input], miniBatchSize, workers, python });
      const { startedAtMs, wallMs } = job.command;
      return {
        metrics: {
          firstRowMs: readLogTime(job.folder, "first results durable") - startedAtMs,
          firstRunMs: readAttemptTimes(job.folder).firstStartMs - startedAtMs,
          wallMs,
        },
        outputFile: outputFileOf(job.outcome),
        cleanUp: job.remove,
      };
    },
  };
}
