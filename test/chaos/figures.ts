/** Measures what the reliability goals are about: how soon work runs again after a worker's death, how late a deadline is, what one bad item costs. */

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runJob } from "../../src/driver/run-job.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { makeChaosJob, writeInput } from "./chaos-job.ts";
import { findJobProcesses } from "./run-driver.ts";

export interface Quantiles {
  readonly runs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface BadItem {
  readonly kind: string;
  /** Items that are reported, and runs beyond one for each mini-batch. */
  readonly reported: number;
  readonly extraRuns: number;
  readonly allowedRuns: number;
  readonly wallMs: number;
}

const badKinds: Readonly<Record<string, string>> = {
  exception: 'raise ValueError("bad")',
  segfault: "ctypes.string_at(0)",
  "os._exit": "os._exit(5)",
  "out of memory": "grow()",
  hang: "time.sleep(1000)",
};

/** One bad item among 10,000 in mini-batches of 1,000; each kind of badness in turn. */
export async function measureBadItem(kind: string, items = 10_000, miniBatchSize = 1_000): Promise<BadItem> {
  return await inFolder(async (root) => {
    const counter = join(root, "runs");
    const script = `
import ctypes, os, sys, time
hoard = []
def grow():
    while True: hoard.append(bytearray(8 << 20))
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(counter)}, "ab") as f: f.write(b"x")
    for path in mini_batch:
        if path.endswith("bad"): ${badKinds[kind]}
    return mini_batch
`;
    const files: Record<string, string> = {};
    for (let index = 0; index < items; index++) files[`f${String(index).padStart(5, "0")}`] = "";
    const input = join(root, "input");
    writeInput(input, { ...files, f05123bad: "" });
    const settings = { workers: 2, miniBatchSize, maxRetries: 0, timeoutMs: 700, memoryLimitBytes: 400 << 20 };
    const job = makeChaosJob(join(root, "job"), input, settings, script);
    const outcome = await runJob(job).outcome;
    const reported = readFileSync(jobPaths(job.folder).failedItems, "utf8").trim().split("\n").length;
    const planned = Math.ceil((items + 1) / miniBatchSize);
    if (outcome.scored !== items || outcome.failed !== 1) throw new Error(`${kind}: ${JSON.stringify(outcome)}`);
    return {
      kind,
      reported,
      extraRuns: statSync(counter).size - planned,
      allowedRuns: 2 * Math.ceil(Math.log2(miniBatchSize)) + 1,
      wallMs: outcome.wallMs,
    };
  });
}

export const badItemKinds = Object.keys(badKinds);

/** Time from a worker's death in run() to the begin of the next run of the same mini-batch, with an `init()` that takes no time. */
export async function measureRestart(deaths: number): Promise<Quantiles> {
  return await inFolder(async (root) => {
    const log = join(root, "times");
    const script = `
import os, time
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(log)}, "a") as f: f.write("begin %.6f\\n" % time.time())
    name = mini_batch[0] + ".died"
    if not os.path.exists(name):
        open(name, "w").close()
        with open(${JSON.stringify(log)}, "a") as f: f.write("die %.6f\\n" % time.time())
        os.kill(os.getpid(), 9)
    return mini_batch
`;
    await runSmall(root, script, deaths, { workers: 1 });
    const lines = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]);
    const times = lines.flatMap(([what, time], index) => {
      const next = lines[index + 1];
      return what === "die" && next !== undefined ? [(Number(next[1]) - Number(time)) * 1000] : [];
    });
    return summarize(times);
  });
}

/** Time from the deadline of a run() to the begin of the next one in the same slot; the script holds the GIL or ignores SIGTERM, in turn. */
export async function measureOvershoot(hangs: number, timeoutMs = 300): Promise<Quantiles & { readonly left: number }> {
  return await inFolder(async (root) => {
    const log = join(root, "times");
    const script = `
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def init(): pass
def run(mini_batch):
    with open(${JSON.stringify(log)}, "a") as f: f.write("begin %.6f\\n" % time.time())
    if int(mini_batch[0][-1]) % 2: sum(range(10**15))
    while True:
        try:
            while True: pass
        except BaseException: pass
`;
    const job = await runSmall(root, script, hangs, { workers: 1, timeoutMs });
    const begins = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((line) => Number(line.split(" ")[1]) * 1000);
    const times = begins.slice(1).map((begin, index) => begin - begins[index]! - timeoutMs);
    return { ...summarize(times), left: findJobProcesses(job).length };
  });
}

async function runSmall(root: string, script: string, items: number, settings: object) {
  const files: Record<string, string> = {};
  for (let index = 0; index < items; index++) files[`f${String(index).padStart(5, "0")}`] = "";
  const input = join(root, "input");
  writeInput(input, files);
  const job = makeChaosJob(join(root, "job"), input, { miniBatchSize: 1, maxRetries: 0, ...settings }, script);
  await runJob(job).outcome;
  return job;
}

function summarize(times: readonly number[]): Quantiles {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  return { runs: sorted.length, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

async function inFolder<T>(body: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "batchwise-figures-"));
  try {
    return await body(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
