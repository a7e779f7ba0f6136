/**
 * What an environment is made of, as it is kept in the catalog: everything that its files say, so that a version stays what it was when they change. A conda
 * file may name others (`-r requirements.txt`, `./package.whl`): the lines of the former are taken in, the paths of the latter made absolute.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { InlineEnvironment } from "../config/files/asset-files.ts";
import { readYamlFile, toPlain } from "../config/yaml.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { lstatOrNull, makeFolder, writeFileAtomic } from "../storage/durable.ts";
import { catalogPaths } from "./catalog-paths.ts";
import type { AssetRecord } from "./records.ts";

/** `AssetRecord.definition` of an environment. */
export interface EnvironmentDefinition {
  readonly image: string | null;
  /** Content of a conda file or of `python_env.yaml`. */
  readonly condaFile: Readonly<Record<string, unknown>> | null;
  /** Lines of a requirements file. */
  readonly requirements: string | null;
  /** An interpreter that has everything already. */
  readonly pythonPath: string | null;
  readonly build: { readonly path: string | null; readonly dockerfilePath: string } | null;
  readonly osType: "linux" | "windows";
  readonly inferenceConfig: Readonly<Record<string, unknown>> | null;
}

/** Deeper than anyone nests requirements files. */
const maxIncludes = 16;

/** Reads an environment's files. Throws `asset_unreadable` when one is not there. */
export function readDefinition(value: InlineEnvironment, baseDir: string): EnvironmentDefinition {
  const packages =
    value.conda_file === null && value.requirements !== null
      ? { condaFile: null, requirements: joinLines(expandLines(value.requirements, baseDir, [])) }
      : readPackages(value.conda_file, baseDir);
  const build = value.build;
  return {
    image: value.image,
    ...packages,
    pythonPath: value.python === null ? null : resolvePython(value.python, baseDir),
    build:
      build === null
        ? null
        : {
            path: build.path === null ? null : resolveUnlessUrl(build.path, baseDir),
            dockerfilePath: build.dockerfile_path ?? "Dockerfile",
          },
    osType: value.os_type ?? "linux",
    inferenceConfig: value.inference_config as Readonly<Record<string, unknown>> | null,
  };
}

/** SHA-256 over a definition; the order of keys does not count. */
export function hashDefinition(definition: object): string {
  return createHash("sha256")
    .update(JSON.stringify(sortKeys(definition)))
    .digest("hex");
}

/**
 * The file that the environment builder reads: a conda file or a requirements file in the home folder, made when it is not there. Null when the environment
 * has no packages to build (an image alone, or an interpreter).
 */
export function keepEnvironmentFile(home: string, environment: AssetRecord): string | null {
  const definition = environment.definition as unknown as EnvironmentDefinition | null;
  const isConda = (definition?.condaFile ?? null) !== null;
  const text = isConda ? `${JSON.stringify(definition?.condaFile, null, 2)}\n` : (definition?.requirements ?? null);
  if (text === null) return null;
  const folder = catalogPaths(home).environmentSpecs;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  // JSON is YAML.
  const path = join(folder, isConda ? `conda-${hash}.yml` : `requirements-${hash}.txt`);
  if (lstatOrNull(path) === null) {
    makeFolder(folder);
    writeFileAtomic(path, [text]);
  }
  return path;
}

function readPackages(
  written: InlineEnvironment["conda_file"],
  baseDir: string,
): Pick<EnvironmentDefinition, "condaFile" | "requirements"> {
  if (written === null) return { condaFile: null, requirements: null };
  if (typeof written !== "string") return { condaFile: takeInFiles(written, baseDir), requirements: null };
  const path = resolve(baseDir, written);
  if (!/\.ya?ml$/i.test(path)) {
    return { condaFile: null, requirements: joinLines(expandLines(readText(path), dirname(path), [path])) };
  }
  readText(path);
  const file = readYamlFile(path);
  const content = toPlain(file.root);
  if (file.root.kind !== "map") {
    throw new BatchwiseError("file_invalid", `${path}: a conda file is a map with the key dependencies`);
  }
  return { condaFile: takeInFiles(content as Record<string, unknown>, dirname(path)), requirements: null };
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** A conda file, or `python_env.yaml`, that needs no other file. */
function takeInFiles(content: Readonly<Record<string, unknown>>, folder: string): Record<string, unknown> {
  const result: Record<string, unknown> = { ...content };
  for (const key of ["dependencies", "build_dependencies"]) {
    const list = content[key];
    if (!Array.isArray(list)) continue;
    result[key] = list.flatMap((entry: unknown): unknown[] => {
      if (typeof entry === "string") return expandEntry(entry, folder);
      if (typeof entry !== "object" || entry === null || !("pip" in entry) || !Array.isArray(entry.pip)) return [entry];
      const pip: unknown[] = entry.pip;
      return [
        { ...entry, pip: pip.flatMap((line) => (typeof line === "string" ? expandEntry(line, folder) : [line])) },
      ];
    });
  }
  return result;
}

/** A package stays as it is; only options and paths are of interest. */
function expandEntry(line: string, folder: string): string[] {
  return /^\s*(-|\.{0,2}\/)/.test(line) ? expandLines(line, folder, []) : [line];
}

function expandLines(text: string, folder: string, chain: readonly string[]): string[] {
  const lines = text.replace(/\\\r?\n/g, " ").split(/\r?\n/);
  return lines.flatMap((raw) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    return line === "" ? [] : expandLine(line, folder, chain);
  });
}

function expandLine(line: string, folder: string, chain: readonly string[]): string[] {
  const include = /^(?:-r|--requirement)[\s=]*(\S.*)$/.exec(line)?.[1];
  if (include !== undefined && !isUrl(include)) {
    const path = resolve(folder, unquote(include));
    if (chain.includes(path) || chain.length >= maxIncludes) {
      throw new BatchwiseError("asset_unreadable", `${chain.at(-1)} names ${path}, and that leads back to it`);
    }
    return expandLines(readText(path), dirname(path), [...chain, path]);
  }
  const option = /^(-c|--constraint|-f|--find-links|-e|--editable)[\s=]*(\S.*)$/.exec(line);
  if (option !== null && !isUrl(option[2] ?? "")) return [`${option[1]} ${resolve(folder, unquote(option[2] ?? ""))}`];
  if (/^(\.{1,2}\/|[^\s:@/]+\.(whl|zip|tar\.gz)$)/.test(line)) return [resolve(folder, unquote(line))];
  return [line];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    const reason = isSystemError(cause, "ENOENT") ? "" : ` (${isSystemError(cause) ? cause.code : "unreadable"})`;
    throw new BatchwiseError("asset_unreadable", `No such file or directory: ${path}${reason}`, { cause });
  }
}

/** `python3.11` is looked for on PATH later; anything with a slash is a path. */
function resolvePython(written: string, baseDir: string): string {
  return written.includes("/") ? resolve(baseDir, written) : written;
}

function resolveUnlessUrl(written: string, baseDir: string): string {
  return isUrl(written) ? written : resolve(baseDir, written);
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
