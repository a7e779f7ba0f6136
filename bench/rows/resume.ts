import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import type { Row } from "../harness/row.ts";
import {
  type JobRequest,
  jobFolder,
  outputFileOf,
  readAttemptTimes,
  readCommitted,
  resumeJob,
  scoreJob,
  startJob,
} from "../harness/score-job.ts";

const workers = 2;
const miniBatchSize = 10;
const script = join(benchFolder, "scripts", "gated_echo.py");
/** A job that has committed nothing for so long waits at the gate. */
const stillMs = 1000;
const maxHeldBack = 500;

/** A job that was killed late: what it has finished must not make the next start slow. */
export const resume: Row = {
  name: "resume",
  title: "Resume of a killed job with many finished mini-batches",
  async prepare(context) {
    const folders = context.options.quick ? 20 : 1000;
    const miniBatches = folders * 100;
    const open = context.options.quick ? 200 : 1000;
    const finished = miniBatches - open;
    const gate = join(context.scratch, "gate");
    const request: JobRequest = {
      name: "resume",
      script,
      inputs: [ensureEmptyFiles(context, folders, 1000)],
      miniBatchSize,
      workers,
      python: context.python,
      options: ["--timeout", "3600"],
      env: { BENCH_FREE: String(finished), BENCH_GATE: gate },
    };
    const killed = join(context.scratch, "killed-job");
    return {
      parameters: `${finished.toLocaleString("en")} finished mini-batches, ${open} to do`,
      metrics: [
        { key: "firstRunMs", label: "ms to first run()", digits: 0 },
        { key: "wallMs", label: "ms in all", digits: 0 },
        { key: "rssMiB", label: "driver MiB", digits: 0 },
      ],
      ratioOf: "firstRunMs",
      contenders: [
        {
          name: "batchwise resume",
          async prepare() {
            if (!existsSync(killed)) await makeKilledJob(context, request, finished, killed);
            const folder = jobFolder(context, request.name);
            rmSync(folder, { recursive: true, force: true });
            cpSync(killed, folder, { recursive: true, preserveTimestamps: true });
            writeFileSync(gate, "");
          },
          async run() {
            const job = await resumeJob(context, request);
            const times = readAttemptTimes(job.folder, job.command.startedAtMs);
            if (times.miniBatches > open + maxHeldBack) {
              throw new Error(`${times.miniBatches} mini-batches were scored anew, and ${open} were to do`);
            }
            outputFileOf(job.outcome);
            return {
              metrics: {
                firstRunMs: times.firstStartMs - job.command.startedAtMs,
                wallMs: job.command.wallMs,
                rssMiB: job.command.peakRssBytes / 2 ** 20,
              },
              cleanUp: job.remove,
            };
          },
        },
        {
          name: "a new job with as much to do",
          async run(repetition) {
            const input = ensureEmptyFiles(context, open / 100, 1000);
            const job = await scoreJob(context, { ...request, name: `fresh-${repetition}`, inputs: [input] });
            return {
              metrics: {
                firstRunMs: readAttemptTimes(job.folder).firstStartMs - job.command.startedAtMs,
                wallMs: job.command.wallMs,
                rssMiB: job.command.peakRssBytes / 2 ** 20,
              },
              cleanUp: job.remove,
            };
          },
        },
      ],
      goals: [
        {
          what: "ms to first run() of a resume",
          contender: "batchwise resume",
          metric: "firstRunMs",
          must: 1000,
          aim: 500,
          better: "lower",
        },
      ],
      skipped: [],
    };
  },
};

/** Runs the job until nothing more is committed, kills it as a power cut would, and keeps its folder. */
async function makeKilledJob(
  context: BenchContext,
  request: JobRequest,
  finished: number,
  keepAt: string,
): Promise<void> {
  rmSync(request.env?.BENCH_GATE ?? "", { force: true });
  const folder = jobFolder(context, request.name);
  const stop = new AbortController();
  const onStart = (pid: number) => void killOnceStill(folder, pid, stop.signal);
  await startJob(context, { ...request, onStart });
  stop.abort();
  const committed = readCommitted(folder);
  // A worker keeps a few results of short runs back until the run that waits has ended.
  if (committed > finished || committed < finished - maxHeldBack)
    throw new Error(`the job to be killed committed ${committed} mini-batches, not about ${finished}`);
  cpSync(folder, keepAt, { recursive: true, preserveTimestamps: true });
}

async function killOnceStill(folder: string, pid: number, ended: AbortSignal): Promise<void> {
  for (let before = -1, committed = 0; !ended.aborted && (before !== committed || committed === 0); ) {
    await sleep(stillMs);
    before = committed;
    committed = readCommitted(folder);
  }
  if (!ended.aborted) process.kill(pid, "SIGKILL");
}
