import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { BenchOptions } from "../options.ts";

export const repositoryRoot = dirname(dirname(import.meta.dirname));
export const benchFolder = join(repositoryRoot, "bench");

/** What every row gets. */
export interface BenchContext {
  readonly options: BenchOptions;
  /** Inputs, made once and kept. */
  readonly inputs: string;
  /** Python environments, made once and kept. */
  readonly environments: string;
  /** Home of the measured jobs; each is removed after its measurement. */
  readonly home: string;
  /** Outputs of the peers; removed at the end. */
  readonly scratch: string;
  /** bin/batchwise of the package to measure. */
  readonly command: string;
  /** The Node.js that it runs under. */
  readonly node: string;
  /** The default Python, with joblib if that could be installed. */
  readonly python: string;
  readonly hasJoblib: boolean;
  /** Environment of every measured process: without the user's own settings of Batchwise. */
  readonly env: NodeJS.ProcessEnv;
  note(text: string): void;
  progress(row: string, contender: string, repetition: number, metrics: Readonly<Record<string, number>>): void;
}

/** Where the benchmark keeps what it made: below the operating system's cache folder. */
export function openCache(): string {
  const base = process.platform === "darwin" ? join(homedir(), "Library", "Caches") : join(homedir(), ".cache");
  const folder = join(process.env.XDG_CACHE_HOME || base, "batchwise", "bench");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The environment of this process without settings of Batchwise and without an active virtual environment. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:BATCHWISE_|VIRTUAL_ENV$|CONDA_PREFIX$|NODE_OPTIONS$|npm_)/.test(name),
    ),
  );
}
