import { resolve } from "node:path";
import type { JobSettings } from "./job-settings.ts";
import { declare, type Setting } from "./setting.ts";
import {
  choice,
  globs,
  inputs,
  integer,
  path,
  refuseValue,
  type SettingKind,
  seconds,
  text,
  toggle,
  variables,
} from "./setting-kinds.ts";

type JobSettingName = Exclude<keyof JobSettings, "scriptArguments">;

const yearSeconds = 31_536_000;
const maxCount = 2_147_483_647;

/** The settings that make up `JobSettings`. */
export const jobSettingTable = {
  script: declare({
    flag: "--script",
    fileKey: "code_configuration.scoring_script",
    kind: path("FILE"),
    help: "Scoring script with init() and run(mini_batch).",
    group: "What to score",
    resume: true,
  }),
  codeDir: declare({
    flag: "--code",
    fileKey: "code_configuration.code",
    kind: path("DIR"),
    defaultText: "the script's folder",
    help: "Folder that the script lives in; it is on sys.path.",
    group: "What to score",
    resume: true,
  }),
  model: declare({
    flag: "--model",
    fileKey: "model.path",
    kind: path("PATH"),
    default: null,
    defaultText: "none",
    help: "Model file or folder; the script finds it below AZUREML_MODEL_DIR under its own name.",
    group: "What to score",
    resume: false,
  }),
  inputs: declare({
    flag: "--input",
    fileKey: null,
    kind: inputs(),
    help: "Folder (with its subfolders), file, glob, or @list.txt with one path a line; may be given several times.",
    group: "What to score",
    resume: false,
  }),
  include: declare({
    flag: "--include",
    fileKey: null,
    kind: globs(),
    default: [],
    defaultText: "all files",
    help: "Score only files that match; relative to the input folder; may be given several times.",
    group: "What to score",
    resume: false,
  }),
  exclude: declare({
    flag: "--exclude",
    fileKey: null,
    kind: globs(),
    default: [],
    defaultText: "none",
    help: "Leave out files that match; may be given several times.",
    group: "What to score",
    resume: false,
  }),
  allowEmpty: declare({
    flag: "--allow-empty",
    fileKey: null,
    kind: toggle(),
    default: false,
    help: "Accept an input without any file.",
    group: "What to score",
    resume: false,
  }),
  outputPath: declare({
    flag: "--output-path",
    fileKey: null,
    kind: path("DIR"),
    default: null,
    defaultText: "named-outputs/score in the job folder",
    help: "Folder where the results are published.",
    group: "Output",
    resume: true,
  }),
  outputAction: declare({
    flag: "--output-action",
    fileKey: "output_action",
    kind: choice(["append_row", "summary_only"]),
    default: "append_row",
    help: "append_row writes what run() returns to one file; summary_only leaves writing to the script.",
    group: "Output",
    resume: false,
  }),
  outputFileName: declare({
    flag: "--output-file-name",
    fileKey: "output_file_name",
    kind: text({
      placeholder: "NAME",
      wanted: "a file name without folders",
      check: (name) => /^[^/\0]{1,200}$/.test(name) && name !== "." && name !== "..",
    }),
    default: "predictions.csv",
    help: "Name of the file of rows.",
    group: "Output",
    resume: false,
  }),
  outputFormat: declare({
    flag: "--output-format",
    fileKey: "output_format",
    kind: choice(["azureml", "csv", "jsonl"]),
    default: "azureml",
    help: "azureml writes what Azure ML writes; csv has a header and quotes; jsonl keeps types.",
    group: "Output",
    resume: false,
  }),
  onConflict: declare({
    flag: "--on-conflict",
    fileKey: "on_conflict",
    kind: choice(["fail", "concat", "last"]),
    default: "fail",
    help: "When two mini-batches write the same file: fail, join them in input order, or keep the last in input order.",
    group: "Output",
    resume: true,
  }),
  overwrite: declare({
    flag: "--overwrite",
    fileKey: null,
    kind: toggle(),
    default: false,
    help: "Replace results that lie at the output path already.",
    group: "Output",
    resume: true,
  }),
  miniBatchSize: declare({
    flag: "--mini-batch-size",
    short: "-m",
    fileKey: "mini_batch_size",
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 10,
    help: "Files handed to one run() call.",
    group: "How to run",
    resume: true,
  }),
  workers: declare({
    flag: "--workers",
    fileKey: "max_concurrency_per_instance",
    env: "BATCHWISE_WORKERS",
    kind: integer({ min: 1, max: 1024 }),
    defaultText: "number of cores",
    help: "Processes that call run() at the same time.",
    group: "How to run",
    resume: true,
  }),
  timeoutMs: declare({
    flag: "--timeout",
    fileKey: "retry_settings.timeout",
    kind: seconds({ min: 0.1, max: yearSeconds }),
    default: 30_000,
    help: "Limit for one run() call alone.",
    group: "How to run",
    resume: true,
  }),
  initTimeoutMs: declare({
    flag: "--init-timeout",
    fileKey: "init_timeout",
    kind: seconds({ min: 0.1, max: yearSeconds }),
    default: 600_000,
    help: "Limit for loading the script and its init().",
    group: "How to run",
    resume: true,
  }),
  maxRetries: declare({
    flag: "--max-retries",
    fileKey: "retry_settings.max_retries",
    kind: integer({ min: 0, max: 1000 }),
    default: 3,
    help: "Further attempts after a failed one.",
    group: "How to run",
    resume: true,
  }),
  errorThreshold: declare({
    flag: "--error-threshold",
    fileKey: "error_threshold",
    kind: integer({ min: -1, max: maxCount }),
    default: -1,
    help: "Failed items that are still accepted; -1 accepts any number.",
    group: "How to run",
    resume: true,
  }),
  isolateFailures: declare({
    flag: "--isolate-failures",
    negatable: true,
    fileKey: "isolate_failures",
    kind: toggle(),
    default: true,
    help: "Halve a failing mini-batch until the bad items are found, and keep the rows of the good ones.",
    group: "How to run",
    resume: true,
  }),
  python: declare({
    flag: "--python",
    fileKey: null,
    env: "BATCHWISE_PYTHON",
    kind: interpreter(),
    default: null,
    defaultText: "the active environment, else python3",
    help: "Interpreter that runs the script.",
    group: "Python",
    resume: true,
  }),
  environmentFile: declare({
    flag: "--environment",
    fileKey: "environment.conda_file",
    kind: path("FILE"),
    default: null,
    defaultText: "none",
    help: "Conda YAML or requirements file to build an environment from; built once for each content.",
    group: "Python",
    resume: true,
  }),
  environmentVariables: declare({
    flag: "--env",
    fileKey: "environment_variables",
    kind: variables(),
    default: {},
    defaultText: "none",
    help: "Environment variable for the script; may be given several times, and adds to those of the file.",
    group: "Python",
    resume: true,
  }),
  gpusPerWorker: declare({
    flag: "--gpus-per-worker",
    fileKey: "gpus_per_worker",
    kind: gpuShare(),
    default: null,
    defaultText: "all workers see all GPUs",
    help: "GPUs that each worker sees (CUDA_VISIBLE_DEVICES); 0.5 lets two workers share one, 0 hides them.",
    group: "How to run",
    resume: true,
  }),
  loggingLevel: declare({
    flag: "--logging-level",
    fileKey: "logging_level",
    kind: choice(["warning", "info", "debug"]),
    default: "info",
    help: "Level handed to the script as --logging_level.",
    group: "Job and display",
    resume: true,
  }),
  name: declare({
    flag: "--name",
    fileKey: null,
    kind: text({
      placeholder: "NAME",
      wanted: "1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit",
      check: (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name),
    }),
    defaultText: "score-DATE-TIME-LETTERS",
    help: "Name of the job.",
    group: "Job and display",
    resume: false,
  }),
} as const satisfies { readonly [Name in JobSettingName]: Setting<NonNullable<JobSettings[Name]>> };

/** GPUs of a worker: a whole number, or a share of one GPU. */
function gpuShare(): SettingKind<number> {
  const allowed = "a whole number from 0 to 64, or a share of one GPU such as 0.5";
  return {
    placeholder: "N",
    repeatable: false,
    allowed,
    parse(raw, place) {
      const value = typeof raw === "string" && /^\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : raw;
      const fits = typeof value === "number" && value >= 0 && value <= 64 && (value < 1 || Number.isInteger(value));
      if (!fits) throw refuseValue(place, raw, allowed);
      return value;
    },
  };
}

/** `python3.12` is looked for on PATH later; anything with a slash is a path. */
function interpreter(): SettingKind<string> {
  const asPath = path("PATH");
  return {
    ...asPath,
    parse: (raw, place) =>
      typeof raw === "string" && raw !== "" && !raw.includes("/") ? raw : resolve(asPath.parse(raw, place)),
  };
}
