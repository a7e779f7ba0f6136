import { join } from "node:path";
import { benchFolder } from "../harness/context.ts";
import { ensureSizedFiles } from "../harness/inputs.ts";
import type { Row } from "../harness/row.ts";
import { runPeer } from "../harness/run-peer.ts";
import { outputFileOf, readAttemptTimes, scoreJob } from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 1;
const script = join(benchFolder, "scripts", "by_size.py");
const totalBytes = 1 << 30;
const largestShare = 0.2;
/** Late in input order, where it hurts who works in order. */
const largestAt = 0.9;

/** Files of very different sizes: what was started last must not keep one worker busy while the other idles. */
export const skewedSizes: Row = {
  name: "skewed-sizes",
  title: "Log-normal file sizes, one file with 20 % of the bytes late in input order, mini-batches of 1, 2 workers",
  async prepare(context) {
    const files = context.options.quick ? 100 : 400;
    const seconds = context.options.quick ? 2 : 12;
    const sizes = drawSizes(files);
    const input = ensureSizedFiles(context, `skewed-${files}`, sizes);
    const env = { BENCH_SECONDS_PER_BYTE: String(seconds / totalBytes) };
    const { python } = context;
    const request = { script, miniBatchSize, workers, python, env };
    return {
      parameters: `${files} files, ${seconds} s of run() in all`,
      metrics: [
        { key: "overBest", label: "makespan / best possible", digits: 3 },
        { key: "makespanS", label: "makespan, s", digits: 2 },
        { key: "wallS", label: "s, whole command", digits: 2 },
      ],
      ratioOf: "makespanS",
      contenders: [
        {
          name: "batchwise",
          async run(repetition) {
            const job = await scoreJob(context, { ...request, name: `skewed-${repetition}`, inputs: [input] });
            return {
              metrics: describeMakespan(readAttemptTimes(job.folder), job.command.wallMs),
              outputFile: outputFileOf(job.outcome),
              cleanUp: job.remove,
            };
          },
        },
        {
          name: "multiprocessing.Pool, chunk 1",
          async run() {
            const result = await runPeer(context, { ...request, peer: "pool", input });
            return {
              metrics: describeMakespan(result, result.wallMs),
              outputFile: result.outputFile,
              cleanUp: result.remove,
            };
          },
        },
      ],
      goals: [
        {
          what: "makespan / best possible",
          contender: "batchwise",
          metric: "overBest",
          must: 1.2,
          aim: 1.1,
          better: "lower",
        },
      ],
      skipped: [],
    };
  },
};

interface Times {
  readonly runMs: number;
  readonly longestRunMs: number;
  readonly firstStartMs: number;
  readonly lastEndMs: number;
}

/** No schedule can be shorter than the mean load of a worker, nor than the longest mini-batch. */
function describeMakespan(times: Times, wallMs: number): Record<string, number> {
  const bestMs = Math.max(times.runMs / workers, times.longestRunMs);
  const makespanMs = times.lastEndMs - times.firstStartMs;
  return { overBest: makespanMs / bestMs, makespanS: makespanMs / 1000, wallS: wallMs / 1000 };
}

/** The same sizes each time: a fixed seed. */
function drawSizes(files: number): number[] {
  const random = makeRandom(20_261_123);
  const drawNormal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const drawn = Array.from({ length: files - 1 }, () => Math.exp(1.5 * drawNormal()));
  const sum = drawn.reduce((total, size) => total + size, 0);
  const rest = (1 - largestShare) * totalBytes;
  const sizes = drawn.map((size) => Math.round((size / sum) * rest));
  sizes.splice(Math.floor(files * largestAt), 0, Math.round(largestShare * totalBytes));
  return sizes;
}

/** mulberry32: small and good enough for sizes. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
