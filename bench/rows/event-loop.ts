import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import type { Contender, Row } from "../harness/row.ts";
import { readAttemptTimes, scoreJob } from "../harness/score-job.ts";

const workers = 2;
const wantedMs = 50;
/** When (ms after the start of the process), how long, and how much of it was computing; see watch-event-loop.mjs. */
type HoldUp = readonly [atMs: number, lateMs: number, cpuMs: number];

const watcher = join(benchFolder, "harness", "watch-event-loop.mjs");

/** While the driver's main thread is held up, no worker is fed and no deadline is kept. */
export const eventLoop: Row = {
  name: "event-loop",
  title: "Longest time that the event loop of the driver is held up",
  async prepare(context) {
    const { quick } = context.options;
    const contenders = [
      watchedJob(context, "no-op", "echo.py", ensureEmptyFiles(context, quick ? 20 : 1000, 1000), 10),
      watchedJob(context, "large rows", "large_rows.py", ensureEmptyFiles(context, quick ? 4 : 64, 256), 1),
    ];
    return {
      parameters: "the jobs of the rows no-op and large-rows from the first run() on, watched by a timer of 2 ms",
      metrics: [
        { key: "longestMs", label: "longest, ms", digits: 0 },
        { key: "longestCpuMs", label: "longest computing, ms", digits: 0 },
        { key: "tooLong", label: "over 50 ms", digits: 0 },
        { key: "startMs", label: "before the first run(), ms", digits: 0 },
      ],
      ratioOf: null,
      contenders,
      goals: contenders.map(({ name }) => ({
        what: `longest hold-up of the event loop, ms, ${name}`,
        contender: name,
        metric: "longestMs",
        must: wantedMs,
        aim: wantedMs,
        better: "lower",
      })),
      skipped: [],
    };
  },
};

function watchedJob(
  context: BenchContext,
  name: string,
  script: string,
  input: string,
  miniBatchSize: number,
): Contender {
  return {
    name,
    note: "a hold-up is a late timer: on a machine with other work, much of it is waiting for a processor; `computing` is the part that is the driver's own",
    async run(repetition) {
      const log = join(context.scratch, `loop-${repetition}.json`);
      const job = await scoreJob(context, {
        name: `loop-${repetition}`,
        script: join(benchFolder, "scripts", script),
        inputs: [input],
        miniBatchSize,
        workers,
        python: context.python,
        env: { NODE_OPTIONS: `--import=${watcher}`, BENCH_LOOP_LOG: log },
      });
      const all: HoldUp[] = JSON.parse(readFileSync(log, "utf8"));
      rmSync(log);
      const firstRunMs = readAttemptTimes(job.folder).firstStartMs - job.command.startedAtMs;
      const holdUps = all.filter(([atMs]) => atMs >= firstRunMs);
      return {
        metrics: {
          longestMs: Math.max(0, ...holdUps.map(([, lateMs]) => lateMs)),
          longestCpuMs: Math.max(0, ...holdUps.map(([, , cpuMs]) => cpuMs)),
          tooLong: holdUps.filter(([, lateMs]) => lateMs > wantedMs).length,
          startMs: Math.max(0, ...all.map(([atMs, lateMs]) => (atMs < firstRunMs ? lateMs : 0))),
        },
        cleanUp: job.remove,
      };
    },
  };
}
