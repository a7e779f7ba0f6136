/** Real jobs in temporary folders, for tests: a script as text, files by name, and the driver in this process. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { JobSettings } from "../../src/config/job-settings.ts";
import type { DriverJob, JobHooks, JobOutcome } from "../../src/driver/job-outcome.ts";
import { runJob } from "../../src/driver/run-job.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { findTestPython } from "./python.ts";

/** A folder that is removed when the test has finished. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder: contents by relative path. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** `count` files named in order, `f00000.txt` …, each with its number in it. */
export function numberedFiles(count: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let index = 0; index < count; index++) files[`f${String(index).padStart(5, "0")}.txt`] = String(index);
  return files;
}

export interface TestJob {
  readonly folder: string;
  readonly input: string;
  readonly job: DriverJob;
}

/** A job folder with script and input, ready to run. */
export function makeJob(
  script: string,
  files: Readonly<Record<string, string>>,
  settings: Partial<JobSettings> = {},
): TestJob {
  const root = makeFolder();
  const folder = join(root, "job");
  const input = join(root, "input");
  const paths = jobPaths(folder);
  mkdirSync(paths.code, { recursive: true });
  mkdirSync(input);
  writeFiles(input, files);
  const scriptPath = join(paths.code, "score.py");
  writeFileSync(scriptPath, script);
  return {
    folder,
    input,
    job: {
      folder,
      script: scriptPath,
      codeDir: paths.code,
      modelDir: null,
      python: findTestPython(),
      isNew: true,
      retryFailed: false,
      replan: false,
      settings: {
        name: "test-job",
        script: scriptPath,
        codeDir: paths.code,
        model: null,
        inputs: [input],
        include: [],
        exclude: [],
        allowEmpty: false,
        outputPath: null,
        outputAction: "append_row",
        outputFileName: "predictions.csv",
        outputFormat: "azureml",
        onConflict: "fail",
        overwrite: false,
        miniBatchSize: 10,
        workers: 2,
        timeoutMs: 30_000,
        initTimeoutMs: 60_000,
        maxRetries: 3,
        errorThreshold: -1,
        isolateFailures: true,
        memoryLimitBytes: null,
        maxRssBytes: null,
        memory: "off",
        maxLogBytes: 1 << 28,
        python: null,
        environmentFile: null,
        environmentVariables: {},
        gpusPerWorker: null,
        keepAzureml: false,
        pythonVersionFallback: false,
        loggingLevel: "info",
        scriptArguments: [],
        ...settings,
      },
    },
  };
}

/** Runs a job to its end. */
export async function runToEnd(job: DriverJob, hooks?: JobHooks): Promise<JobOutcome> {
  return await runJob(job, hooks).outcome;
}

/** The same job opened again, as `resume` does; settings may be changed. */
export function reopenJob(
  job: DriverJob,
  changes: Partial<JobSettings> = {},
  flags: Partial<DriverJob> = {},
): DriverJob {
  return { ...job, isNew: false, ...flags, settings: { ...job.settings, ...changes } };
}

/** The published rows file as text. */
export function readOutput(job: DriverJob, name = job.settings.outputFileName): string {
  return readFileSync(join(job.settings.outputPath ?? jobPaths(job.folder).defaultOutput, name), "utf8");
}

/** All published files, relative paths to contents. */
export function readOutputFiles(job: DriverJob): Record<string, string> {
  const root = job.settings.outputPath ?? jobPaths(job.folder).defaultOutput;
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(root.length + 1)] = readFileSync(path, "utf8");
  }
  return files;
}

export interface FailedItem {
  readonly path: string | null;
  readonly reason: string;
  readonly error_type: string | null;
  readonly message: string | null;
  readonly traceback: string | null;
  readonly attempts: number;
  readonly mini_batch: number | null;
}

export function readFailedItems(job: DriverJob): FailedItem[] {
  const text = readFileSync(jobPaths(job.folder).failedItems, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
