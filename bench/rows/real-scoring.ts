import { join } from "node:path";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureMadeByPython, ensureReplicas } from "../harness/inputs.ts";
import { ensureExample, type PreparedExample } from "../harness/python-environments.ts";
import type { Contender, Row } from "../harness/row.ts";
import { type PeerRequest, runPeer } from "../harness/run-peer.ts";
import { outputFileOf, readAttemptTimes, scoreJob } from "../harness/score-job.ts";

const workers = 2;

interface RealCase {
  readonly name: string;
  readonly title: string;
  readonly example: "digits" | "tumours";
  readonly miniBatchSize: number;
  readonly files: number;
  readonly quickFiles: number;
  /** Score enlarged images in place of the example's own. */
  readonly enlarged: boolean;
  readonly isGoal: boolean;
}

/** Distinct images; the others are the same files under further names. */
const distinctImages = 400;

/** Real models on real files: how much of the workers' time is `run()`. */
function makeRow(real: RealCase): Row {
  return {
    name: real.name,
    title: real.title,
    async prepare(context) {
      const example = await ensureExample(real.example, context.options.quick);
      if (example === null) return "the example's environment is not built yet, and --quick does not build it";
      const files = context.options.quick ? real.quickFiles : real.files;
      const source = real.enlarged ? ensureEnlargedImages(context, example) : example.input;
      const input = ensureReplicas(context, real.name, source, files);
      const request = { input, miniBatchSize: real.miniBatchSize, workers, example };
      return {
        parameters: `${files.toLocaleString("en")} files, ${real.miniBatchSize} a mini-batch, ${workers} workers`,
        metrics: [
          { key: "efficiency", label: "efficiency of scoring", digits: 3 },
          { key: "wallS", label: "s, whole command", digits: 2 },
          { key: "wholeEfficiency", label: "efficiency of the whole", digits: 3 },
          { key: "cpuS", label: "CPU s", digits: 1 },
          { key: "runMs", label: "ms a run()", digits: 2 },
        ],
        ratioOf: "wallS",
        contenders: [
          ours(context, real.name, request),
          peer(context, "multiprocessing.Pool, chunk 1", request, { peer: "pool" }),
          peer(context, "multiprocessing.Pool, chunk 16", request, { peer: "pool", chunk: 16 }),
          peer(context, "ProcessPoolExecutor", request, { peer: "executor" }),
          peer(context, "joblib", request, { peer: "joblib_loop" }),
        ],
        goals: real.isGoal
          ? [
              {
                what: `efficiency, ${real.name}`,
                contender: "batchwise",
                metric: "efficiency",
                must: 0.95,
                aim: 0.98,
                better: "higher",
              },
            ]
          : [],
        skipped: [],
      };
    },
  };
}

interface RealRequest {
  readonly input: string;
  readonly miniBatchSize: number;
  readonly workers: number;
  readonly example: PreparedExample;
}

interface Times {
  readonly runMs: number;
  readonly firstStartMs: number;
  readonly lastEndMs: number;
  readonly miniBatches: number;
}

/** Ideal: the sum of the times in run() over the workers. Scoring lasts from the first run() to the end of the last. */
function describeTimes(times: Times, { wallMs, cpuMs }: { wallMs: number; cpuMs: number }): Record<string, number> {
  const idealMs = times.runMs / workers;
  return {
    efficiency: idealMs / (times.lastEndMs - times.firstStartMs),
    wallS: wallMs / 1000,
    cpuS: cpuMs / 1000,
    wholeEfficiency: idealMs / wallMs,
    runMs: times.runMs / times.miniBatches,
  };
}

function ours(context: BenchContext, name: string, { example, input, ...request }: RealRequest): Contender {
  return {
    name: "batchwise",
    async run(repetition) {
      const job = await scoreJob(context, {
        ...request,
        name: `${name}-${repetition}`,
        script: join(example.folder, "code", "score.py"),
        inputs: [input],
        python: example.python,
        options: ["--model", join(example.folder, "model")],
      });
      return {
        metrics: describeTimes(readAttemptTimes(job.folder), job.command),
        outputFile: outputFileOf(job.outcome),
        cleanUp: job.remove,
      };
    },
  };
}

function peer(
  context: BenchContext,
  name: string,
  { example, ...request }: RealRequest,
  kind: Pick<PeerRequest, "peer" | "chunk">,
): Contender {
  return {
    name,
    async run() {
      const result = await runPeer(context, {
        ...request,
        ...kind,
        script: join(example.folder, "code", "score.py"),
        python: example.python,
        model: example.folder,
      });
      return {
        metrics: describeTimes(result, result),
        outputFile: result.outputFile,
        cleanUp: result.remove,
      };
    },
  };
}

function ensureEnlargedImages(context: BenchContext, { input, python }: PreparedExample): string {
  const program = join(benchFolder, "scripts", "enlarge_images.py");
  return ensureMadeByPython(context, "enlarged", distinctImages, (folder) => [
    python,
    program,
    input,
    folder,
    String(distinctImages),
  ]);
}

export const images = makeRow({
  name: "images",
  title: "Photographs of 768 x 768 pixels, ONNX model (examples/digits-images)",
  example: "digits",
  miniBatchSize: 10,
  files: 6_000,
  quickFiles: 100,
  enlarged: true,
  isGoal: true,
});

/** Tiny files: 0.1 ms each, so that what surrounds run() shows. */
export const smallImages = makeRow({
  name: "small-images",
  title: "Images of 64 x 64 pixels, the same model",
  example: "digits",
  miniBatchSize: 10,
  files: 40_000,
  quickFiles: 500,
  enlarged: false,
  isGoal: false,
});

export const tables = makeRow({
  name: "tables",
  title: "CSV files, scikit-learn model, DataFrames (examples/tabular-dataframe)",
  example: "tumours",
  miniBatchSize: 4,
  files: 4_000,
  quickFiles: 100,
  enlarged: false,
  isGoal: true,
});
