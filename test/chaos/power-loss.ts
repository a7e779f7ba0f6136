/**
 * Power cuts: the writes and syncs of a whole job are recorded with strace; then, for moments of it, the states that a power cut may leave are rebuilt
 * (disk-model.ts), and the job is resumed from each. It must leave what an undisturbed run leaves, or be refused in words; never something else.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { Random } from "../support/random.ts";
import { describeResult, type Expected, findProblems, hashOutput } from "./after-run.ts";
import { makeChaosJob, writeInput } from "./chaos-job.ts";
import { type CrashKind, DiskModel } from "./disk-model.ts";
import { copyDriverProgram, type DriverProgram } from "./driver-program.ts";
import { driveToEnd } from "./run-driver.ts";
import { straceCommand } from "./strace.ts";
import { type FileOperation, readTrace, tracedCalls } from "./trace-log.ts";

export interface PowerLossOptions {
  readonly seed: number;
  /** Cuts the power at every n-th moment; 1 takes all. */
  readonly stride: number;
  /** States tried for each moment, beside "all kept" and "all dropped". */
  readonly mixtures: number;
  readonly lanes?: number;
  onState?(report: PowerLossReport): void;
}

export interface PowerLossReport {
  moments: number;
  states: number;
  refused: number;
  readonly problems: string[];
}

/** Changes of the disk that a power cut between them could tell apart. */
const interesting = new Set<FileOperation["kind"]>([
  "write",
  "sync",
  "truncate",
  "rename",
  "create",
  "mkdir",
  "link",
  "remove",
]);

export async function runPowerLoss(options: PowerLossOptions): Promise<PowerLossReport> {
  const report: PowerLossReport = { moments: 0, states: 0, refused: 0, problems: [] };
  const root = realpathSync(mkdtempSync(join(tmpdir(), "batchwise-power-")));
  const program = copyDriverProgram();
  try {
    const recorded = await recordJob(root, program);
    report.moments = recorded.operations.length;
    const random = new Random(options.seed);
    const tasks: (() => Promise<void>)[] = [];
    const first = random.integer(0, options.stride - 1);
    for (let moment = first; moment <= recorded.operations.length; moment += options.stride) {
      const kinds: CrashKind[] = ["all kept", "all dropped", ...Array<CrashKind>(options.mixtures).fill("some kept")];
      for (const [index, kind] of kinds.entries()) {
        const name = `${moment}-${index}`;
        tasks.push(() => tryState({ moment, kind, name }, recorded, { root, program, report, seed: options.seed }));
      }
    }
    tasks.reverse();
    const lane = async () => {
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        await task();
        options.onState?.(report);
      }
    };
    await Promise.all(Array.from({ length: options.lanes ?? 2 }, lane));
    checkAcknowledged(recorded, root, report);
  } finally {
    rmSync(root, { recursive: true, force: true });
    program.remove();
  }
  return report;
}

interface Recorded {
  readonly job: DriverJob;
  readonly input: string;
  readonly before: string;
  readonly operations: readonly FileOperation[];
  readonly expected: Expected;
}

/** Runs a small job under strace, workers too: they write files of their own. */
async function recordJob(root: string, program: DriverProgram): Promise<Recorded> {
  const input = join(root, "input");
  writeInput(input, { a: "plain", b: "file", c: "deep file", d: "raise", e: "plain", f: "file", g: "plain" });
  const job = makeChaosJob(join(root, "job"), input, { workers: 1, miniBatchSize: 2 });
  const before = join(root, "before");
  cpSync(job.folder, before, { recursive: true });
  const log = join(root, "trace");
  const options = ["-xx", "-s", String(1 << 20), "-e", `trace=${tracedCalls}`];
  const outcome = await driveToEnd(job, { program, wrapper: straceCommand(log, options, true) });
  const expected = describeResult(job, outcome);
  const problems = await findProblems(job, outcome, expected);
  if (problems.length > 0) throw new Error(`the recorded run: ${problems.join("; ")}`);
  const operations = readTrace(log, job.folder).filter(({ kind }) => interesting.has(kind));
  rmSync(log);
  return { job, input, before, operations, expected };
}

interface Place {
  readonly root: string;
  readonly program: DriverProgram;
  readonly report: PowerLossReport;
  readonly seed: number;
}

interface State {
  readonly moment: number;
  readonly kind: CrashKind;
  readonly name: string;
}

/** Puts the job folder into one state and resumes the job there. */
async function tryState(state: State, recorded: Recorded, { root, program, report, seed }: Place): Promise<void> {
  const disk = replay(recorded, state.moment);
  const home = join(root, `state-${state.name}`);
  const job = makeChaosJob(join(home, "job"), recorded.input, { workers: 1, miniBatchSize: 2 });
  rmSync(job.folder, { recursive: true });
  disk.writeCrashed(job.folder, state.kind, new Random(Math.imul(seed, 31) + state.moment * 97 + hash(state.name)));
  report.states++;
  const outcome = await driveToEnd({ ...job, isNew: false }, { program });
  const last = recorded.operations[state.moment - 1];
  const where = `after operation ${state.moment} (${last?.kind} ${last?.path.slice(recorded.job.folder.length)}), ${state.kind}`;
  if (outcome.status === "Refused" && outcome.error?.hint) {
    // Possible in principle; a disk that keeps its promises gives no cause for it.
    report.refused++;
    report.problems.push(`${where}: refused: ${outcome.error.message}`);
  } else {
    const problems = await findProblems(job, outcome, recorded.expected);
    for (const problem of problems) report.problems.push(`${where}: ${problem}`);
  }
  rmSync(home, { recursive: true, force: true });
}

/** Once the driver has said that the job completed, a power cut takes nothing away: output and state are there without resuming. */
function checkAcknowledged(recorded: Recorded, root: string, report: PowerLossReport): void {
  const folder = join(root, "acknowledged", "job");
  replay(recorded, recorded.operations.length).writeCrashed(folder, "all dropped", new Random(0));
  const job = { ...recorded.job, folder };
  if (hashOutput(job) !== recorded.expected.output)
    report.problems.push("after the end of the job a power cut still takes something from the output");
}

function replay(recorded: Recorded, moment: number): DiskModel {
  const { folder } = recorded.job;
  const disk = new DiskModel(folder);
  for (const entry of readdirSync(recorded.before, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const to = folder + path.slice(recorded.before.length);
    disk.addDurable(to, entry.isDirectory() ? "folder" : readFileSync(path));
  }
  for (const operation of recorded.operations.slice(0, moment)) disk.apply(operation);
  return disk;
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
}
