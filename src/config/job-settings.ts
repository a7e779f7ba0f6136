/** What a job is asked to do, after flags, deployment file and defaults are merged and checked. Frozen; kept in the job folder as `job.json`. */
export interface JobSettings {
  readonly name: string;
  /** Absolute path of the scoring script; inside `codeDir`. */
  readonly script: string;
  /** Absolute path of the folder that is put on `sys.path`. */
  readonly codeDir: string;
  /** Absolute path of a model file or folder, or null when the script needs none. */
  readonly model: string | null;
  /** Input as given, made absolute: folders, files, globs, or `@` and the path of a list. */
  readonly inputs: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly allowEmpty: boolean;
  /** Absolute folder where results are published, or null for `named-outputs/score` in the job folder. */
  readonly outputPath: string | null;
  readonly outputAction: "append_row" | "summary_only";
  readonly outputFileName: string;
  readonly outputFormat: OutputFormat;
  readonly onConflict: OnConflict;
  readonly overwrite: boolean;
  readonly miniBatchSize: number;
  readonly workers: number;
  /** Limit for one run() call alone; `auto` learns it from the mini-batches before. */
  readonly timeoutMs: number | "auto";
  readonly initTimeoutMs: number;
  /** Attempts after the first failed one. */
  readonly maxRetries: number;
  /** Failed items that are still accepted; -1 accepts any number. */
  readonly errorThreshold: number;
  readonly isolateFailures: boolean;
  /** Memory of one worker and all it started, above which the attempt fails; null: no limit. */
  readonly memoryLimitBytes: number | null;
  /** Memory above which a worker is replaced after its mini-batch; null: never. */
  readonly maxRssBytes: number | null;
  /** `auto`: no more workers than fit in the machine by what they were seen to use. */
  readonly memory: "auto" | "off";
  /** Length at which a worker's log is cut. */
  readonly maxLogBytes: number;
  /** Interpreter as given (`--python`), or null to find one. */
  readonly python: string | null;
  /** Conda YAML or requirements file to build an environment from, or null. */
  readonly environmentFile: string | null;
  /** Installs `azureml-core` and its kind, which are left out otherwise. */
  readonly keepAzureml: boolean;
  /** Takes the nearest Python of the machine when the one that the environment asks for is not there. */
  readonly pythonVersionFallback: boolean;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** GPUs of each worker, a share of one when below 1; null leaves CUDA_VISIBLE_DEVICES as it is. */
  readonly gpusPerWorker: number | null;
  readonly loggingLevel: "warning" | "info" | "debug";
  /** What stands after `--`: the script finds it in `sys.argv`. */
  readonly scriptArguments: readonly string[];
}

export type OutputFormat = "azureml" | "csv" | "jsonl";

/** What happens when two mini-batches write the same relative file: refuse, join in input order, or keep the last in input order. */
export type OnConflict = "fail" | "concat" | "last";
