import { join } from "node:path";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import { ensureRayPython } from "../harness/python-environments.ts";
import type { Contender, Row } from "../harness/row.ts";
import { type PeerRequest, runPeer } from "../harness/run-peer.ts";
import { outputFileOf, scoreJob } from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 10;
const perFolder = 1000;
const script = join(benchFolder, "scripts", "echo.py");

/** What Batchwise itself costs: a script that does nothing, so that all the time is listing, dispatch, commit and publishing. */
export const noOp: Row = {
  name: "no-op",
  title: "No-op script, 10 paths a mini-batch, 2 workers, durable: cost of a mini-batch from listing to published file",
  async prepare(context) {
    const folders = context.options.quick ? 20 : 1000;
    const miniBatches = (folders * perFolder) / miniBatchSize;
    const input = ensureEmptyFiles(context, folders, perFolder);
    const limit = (full: number) => (context.options.quick ? Math.min(full, 1000) : full);
    const peers: Contender[] = [
      peer(context, "multiprocessing.Pool, chunk 1", input, { peer: "pool" }),
      peer(context, "multiprocessing.Pool, chunk 64", input, { peer: "pool", chunk: 64 }),
      peer(context, "ProcessPoolExecutor", input, { peer: "executor", limit: limit(20_000) }),
      peer(context, "floor: one process, no pool", input, { peer: "serial" }),
    ];
    const skipped: string[] = [];
    if (context.hasJoblib) peers.push(peer(context, "joblib", input, { peer: "joblib_loop", limit: limit(20_000) }));
    else skipped.push("joblib: it could not be installed");
    if (context.options.peers === "all") {
      const python = await ensureRayPython(context.environments, context.note);
      if (python === null) skipped.push("Ray and Ray Data: their environment could not be built");
      else {
        peers.push(peer(context, "Ray actors", input, { peer: "ray_actors", python, limit: limit(5_000) }));
        peers.push(peer(context, "Ray Data", input, { peer: "ray_data", python, limit: limit(5_000) }));
      }
    }
    return {
      parameters: `${miniBatches.toLocaleString("en")} mini-batches, ${(folders * perFolder).toLocaleString("en")} empty files in ${folders} folders`,
      metrics: [
        { key: "us", label: "µs a mini-batch", digits: 1 },
        { key: "cpuUs", label: "CPU µs", digits: 1 },
        { key: "jobUs", label: "µs, job alone", digits: 1 },
        { key: "rssMiB", label: "driver MiB", digits: 0 },
      ],
      ratioOf: "us",
      contenders: [ours(context, input, miniBatches), ...peers],
      goals: [{ what: "µs a mini-batch", contender: "batchwise", metric: "us", must: 60, aim: 40, better: "lower" }],
      skipped,
    };
  },
};

function ours(context: BenchContext, input: string, miniBatches: number): Contender {
  return {
    name: "batchwise",
    note: "whole command, start-up included; `job alone` is the driver's own time from its start to the published file",
    async run(repetition) {
      const { python } = context;
      const name = `no-op-${repetition}`;
      const job = await scoreJob(context, { name, script, inputs: [input], miniBatchSize, workers, python });
      return {
        metrics: {
          us: (job.command.wallMs * 1000) / miniBatches,
          cpuUs: (job.command.cpuMs * 1000) / miniBatches,
          jobUs: (job.outcome.wallMs * 1000) / miniBatches,
          rssMiB: job.command.peakRssBytes / 2 ** 20,
        },
        outputFile: outputFileOf(job.outcome),
        cleanUp: job.remove,
      };
    },
  };
}

function peer(
  context: BenchContext,
  name: string,
  input: string,
  request: Pick<PeerRequest, "peer"> & Partial<PeerRequest>,
): Contender {
  return {
    name,
    ...(request.limit === undefined ? {} : { note: `the first ${request.limit.toLocaleString("en")} mini-batches` }),
    async run() {
      const { python } = context;
      const result = await runPeer(context, { python, script, input, miniBatchSize, workers, ...request });
      return {
        metrics: {
          us: (result.wallMs * 1000) / result.miniBatches,
          cpuUs: (result.cpuMs * 1000) / result.miniBatches,
        },
        outputFile: result.outputFile,
        isOutputPart: request.limit !== undefined,
        cleanUp: result.remove,
      };
    },
  };
}
