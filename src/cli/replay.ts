import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnvironmentLayer } from "../config/merge-settings.ts";
import { resolveScript } from "../config/resolve-script.ts";
import type { DriverJob } from "../driver/job-outcome.ts";
import { buildWorkerEnvironment } from "../driver/worker-environment.ts";
import { BatchwiseError, type ExitCode, exitCodes } from "../errors.ts";
import { resolveInput } from "../input/resolve-inputs.ts";
import { jobFolderOf } from "../jobs/home.ts";
import { checkScript } from "../jobs/preflight.ts";
import { readRequest } from "../jobs/request.ts";
import { scriptLayer } from "../jobs/resume-request.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import { decodeRawPath } from "../storage/path-bytes.ts";
import { openDriverJob } from "./open-driver-job.ts";
import type { ReplayCommand } from "./parse-command-line.ts";
import { parseJobName, readHome } from "./read-settings.ts";
import { showLine } from "./terminal.ts";

const program = fileURLToPath(new URL("../../python/batchwise_worker/replay.py", import.meta.url));

/**
 * `batchwise replay`: one mini-batch in one Python process in the foreground, with this terminal, so that breakpoint() works. The job is not touched; what the
 * script writes lands in a temporary folder that is shown and kept.
 */
export async function replay(command: ReplayCommand): Promise<ExitCode> {
  const home = readHome([command.flags, readEnvironmentLayer(process.env, process.cwd())]);
  const name = parseJobName(command.name);
  const folder = jobFolderOf(home, name);
  const job = chooseScript(openDriverJob(folder, await readRequest(folder, name), { isNew: false }), command);
  const miniBatch = readPayload(job, command.miniBatch);
  const place = mkdtempSync(join(tmpdir(), "batchwise-replay-"));
  const paths = {
    folder: place,
    scratch: join(place, "scratch"),
    output: join(place, "output"),
    take: join(place, "take"),
    state: join(place, "state"),
    log: join(place, "log"),
  };
  for (const each of [paths.scratch, paths.output]) mkdirSync(each, { mode: 0o700 });
  const rowsFile = join(place, "rows");
  const plan = await makePlan(job, miniBatch, { ...paths, rowsFile, payloadFile: join(place, "payload") });
  process.stderr.write(
    `replay: mini-batch ${miniBatch.id} of job ${name}, ${miniBatch.items} items, Python ${job.python}\n`,
  );
  const ended = await runForeground(job.python, [program, plan], {
    ...process.env,
    ...buildWorkerEnvironment(job, 0, paths),
  });
  showResult(rowsFile, paths.output, place);
  return ended === 0 ? exitCodes.ok : exitCodes.failed;
}

/** The job with the script that the flags name, where it lies: breakpoints can be set in it without touching the job's copy. */
function chooseScript(job: DriverJob, { flags }: ReplayCommand): DriverJob {
  if (!flags.has("script") && !flags.has("codeDir")) return job;
  const { script, codeDir } = resolveScript([flags, scriptLayer(job.settings)]);
  checkScript(script);
  return { ...job, script, codeDir };
}

interface MiniBatchToReplay {
  readonly id: number;
  readonly items: number;
  readonly payload: Uint8Array;
}

function readPayload(job: DriverJob, written: string): MiniBatchToReplay {
  const reader = LedgerReader.open(job.folder);
  try {
    const id = /^\d{1,15}$/.test(written) ? Number(written) : -1;
    const record = id < 0 ? null : reader.miniBatch(id);
    const payload = record === null ? null : reader.payload(id);
    if (record !== null && payload !== null) return { id, items: record.items, payload };
    throw new BatchwiseError(
      "mini_batch_not_found",
      `job ${job.settings.name} has no mini-batch ${JSON.stringify(written)}`,
      {
        hint: "failed-items.jsonl in the job folder names the mini-batch of each failed item",
      },
    );
  } finally {
    reader.close();
  }
}

interface PlanPlaces {
  readonly folder: string;
  readonly scratch: string;
  readonly rowsFile: string;
  readonly payloadFile: string;
}

/** Writes what replay.py needs and returns the path of its plan. */
async function makePlan(job: DriverJob, miniBatch: MiniBatchToReplay, places: PlanPlaces): Promise<string> {
  const { settings } = job;
  writeFileSync(places.payloadFile, miniBatch.payload, { mode: 0o600 });
  const plan = {
    script: job.script,
    code_dir: job.codeDir,
    scratch_dir: places.scratch,
    argv: ["--logging_level", settings.loggingLevel, ...settings.scriptArguments],
    output_action: settings.outputAction,
    output_format: settings.outputFormat,
    input_roots: await findRoots(settings.inputs),
    mini_batch: miniBatch.id,
    items: miniBatch.items,
    payload_file: places.payloadFile,
    rows_file: places.rowsFile,
  };
  const path = join(places.folder, "plan.json");
  writeFileSync(path, JSON.stringify(plan), { mode: 0o600 });
  return path;
}

/** The folders whose prefix is cut off in the column `file`; an input that is gone is no reason not to replay. */
async function findRoots(inputs: readonly string[]): Promise<string[]> {
  const roots: string[] = [];
  for (const input of inputs) {
    try {
      roots.push(decodeRawPath((await resolveInput(input)).root));
    } catch (error) {
      if (!(error instanceof BatchwiseError)) throw error;
    }
  }
  return roots;
}

/** Runs a program with this terminal; Ctrl-C is the program's. Returns its exit code, or null when a signal ended it. */
function runForeground(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise<number | null>((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", env });
    child.on("error", (cause) => {
      reject(
        new BatchwiseError("python_not_found", `cannot start the job's Python ${file}: ${cause.message}`, { cause }),
      );
    });
    child.on("exit", (code, signal) => {
      if (signal !== null) process.stderr.write(`replay: the script was ended by ${signal}\n`);
      resolve(code);
    });
  }).finally(() => process.off("SIGINT", ignore));
}

const shownRows = 5;

function showResult(rowsFile: string, output: string, place: string): void {
  const lines = readHead(rowsFile);
  if (lines.length > 0) process.stdout.write(`${lines.map((line) => showLine(line, 500)).join("\n")}\n`);
  const files = readdirSync(output).length;
  if (files > 0) process.stderr.write(`replay: written by the script: ${output}\n`);
  process.stderr.write(`replay: nothing was committed; rows, files and working directory are in ${place}\n`);
}

/** The first rows, from the first 64 KiB. Empty when run() did not come to rows. */
function readHead(path: string): string[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(64 * 1024);
    const text = chunk.toString("utf8", 0, readSync(file, chunk));
    return text.split("\n", shownRows).filter((line) => line !== "");
  } finally {
    closeSync(file);
  }
}
