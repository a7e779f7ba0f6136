/**
 * Environments are built once and found again by content:
 *
 *     <home>/environments/<hash>/           hash over what the file asks for, not over its name or comments
 *         .complete                         written last; names the folder that counts
 *         python-<random>/                  the virtual environment
 *         requirements.txt, build.log
 *     <home>/environments/.locks/<hash>     one builder at a time; the lock dies with its process
 *
 * A virtual environment cannot be moved, so it is built where it stays. Until `.complete` is there, nobody uses it. A builder that was killed
 * may leave a pip behind that still writes; that is why each try has a folder of its own, which the next builder removes.
 */

import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { chooseBuilder, fallBackToNearest } from "./choose-builder.ts";
import { findConda } from "./conda-builder.ts";
import { lockEnvironment } from "./environment-lock.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { probePython } from "./probe-python.ts";
import { readEnvironmentFile } from "./read-environment-file.ts";

export interface BuildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line that the builder writes, and with the steps before and after. */
  readonly onProgress?: (line: string) => void;
  /** Called with each thing that was left out or read differently; once for each build, not when the environment is there already. */
  readonly onNotice?: (text: string) => void;
  /** Installs `azureml-core` and its kind as well. */
  readonly keepAzureml?: boolean;
  /** Takes the nearest Python of this machine when the one that is asked for is not there. */
  readonly pythonVersionFallback?: boolean;
  /** Builds with venv and pip even when uv is on PATH. */
  readonly usePip?: boolean;
  readonly signal?: AbortSignal;
}

export interface BuiltEnvironment {
  readonly executable: string;
  /** Of Python, for example "3.11.7". */
  readonly version: string;
  /** Name of its folder below `<home>/environments`. */
  readonly hash: string;
  /** False when it was there already. */
  readonly wasBuilt: boolean;
}

/** Raised when environments of the same content must be built anew after a change of this program. */
const buildFormat = 1;

/**
 * The environment that a conda YAML or requirements file asks for, built when it is not there.
 *
 * Throws BatchwiseError `environment_file_invalid`, `environment_conda_only`, `environment_python_missing` or `environment_build_failed`.
 *
 * @example const { executable } = await buildEnvironment("conda.yaml", home, { onProgress: console.error });
 */
export async function buildEnvironment(
  file: string,
  home: string,
  options: BuildOptions = {},
): Promise<BuiltEnvironment> {
  const conda = findConda(options.env ?? process.env);
  const spec = await readEnvironmentFile(file, options.keepAzureml ?? false, conda !== null);
  return buildFromSpec(spec, file, home, options);
}

/** The same, from a file that was read already. */
export async function buildFromSpec(
  wanted: EnvironmentSpec,
  file: string,
  home: string,
  options: BuildOptions = {},
): Promise<BuiltEnvironment> {
  const spec = options.pythonVersionFallback ? await fallBackToNearest(wanted, options.env ?? process.env) : wanted;
  const hash = hashSpec(spec);
  const environments = join(resolve(home), "environments");
  const folder = join(environments, hash);
  const ready = readComplete(folder, hash);
  if (ready !== null) return ready;
  const report = options.onProgress ?? (() => {});
  const waiting = () => report("another process builds this environment; waiting for it");
  try {
    const lock = await lockEnvironment(join(environments, ".locks", hash), waiting, options.signal);
    try {
      return readComplete(folder, hash) ?? (await buildInto(folder, hash, file, spec, options));
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof BatchwiseError || !isSystemError(error) || options.signal?.aborted) throw error;
    const text = `building the environment of ${file} in ${environments} failed: ${error.message}`;
    throw new BatchwiseError("environment_build_failed", text, {
      hint: "it needs a folder that can be written to and has room; name another with --home DIR",
      cause: error,
    });
  }
}

/** Hash over what is asked for and the kind of machine; 16 hexadecimal digits. */
export function hashSpec(spec: EnvironmentSpec): string {
  const { python, requirements, constraints, localFiles, condaOnly, conda } = spec;
  const clauses = python?.clauses ?? null;
  const content: unknown[] = [buildFormat, process.platform, process.arch, clauses];
  content.push(requirements, constraints, localFiles);
  if (condaOnly.length > 0) content.push(condaOnly, conda);
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

function readComplete(folder: string, hash: string): BuiltEnvironment | null {
  try {
    const marker: unknown = JSON.parse(readFileSync(join(folder, ".complete"), "utf8"));
    if (typeof marker !== "object" || marker === null) return null;
    const { folder: name, python } = marker as Record<string, unknown>;
    if (typeof name !== "string" || typeof python !== "string") return null;
    const executable = join(folder, name, "bin", "python");
    // It is a link to the Python it was built on, and leads nowhere when that was removed: then it is built again.
    return existsSync(executable) ? { executable, version: python, hash, wasBuilt: false } : null;
  } catch {
    return null;
  }
}

async function buildInto(
  folder: string,
  hash: string,
  file: string,
  spec: EnvironmentSpec,
  options: BuildOptions,
): Promise<BuiltEnvironment> {
  const env = options.env ?? process.env;
  const onProgress = options.onProgress ?? (() => {});
  for (const notice of spec.notices) options.onNotice?.(notice);
  const builder = await chooseBuilder(spec, file, env, options.usePip ?? false);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeLeftovers(folder);
  const name = `python-${randomBytes(4).toString("hex")}`;
  const target = join(folder, name);
  onProgress(`building the environment of ${basename(file)} with ${builder.description}`);
  try {
    await builder.install({ spec, file, target, folder, env, onProgress, signal: options.signal });
    const python = await probePython(join(target, "bin", "python"), env);
    if (python === null) {
      const text = `built the environment of ${file}, and its Python at ${target} does not start`;
      throw new BatchwiseError("environment_build_failed", text, { hint: "look at build.log beside it" });
    }
    writeComplete(folder, { folder: name, python: python.version, builder: builder.name, file: resolve(file) });
    return { executable: join(target, "bin", "python"), version: python.version, hash, wasBuilt: true };
  } catch (error) {
    rmSync(target, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

function removeLeftovers(folder: string): void {
  rmSync(join(folder, ".complete"), { force: true });
  for (const name of readdirSync(folder)) {
    try {
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 2 });
    } catch {
      // A pip whose builder was killed may still write there; the next build removes it. The new folder has another name.
    }
  }
}

function writeComplete(folder: string, content: Record<string, string>): void {
  const partial = join(folder, ".complete.partial");
  writeFileSync(partial, `${JSON.stringify(content)}\n`, { flush: true });
  renameSync(partial, join(folder, ".complete"));
}
