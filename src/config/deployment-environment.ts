import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { WrittenValue } from "./setting-layer.ts";
import { readYamlFile, toPlain, type YamlEntry, type YamlFile, type YamlMap } from "./yaml.ts";

/** What a deployment file's environment comes to. */
export interface WrittenEnvironment {
  /** The conda file or requirements file to build. */
  readonly spec: WrittenValue | null;
  /** An interpreter that has everything already. */
  readonly python: WrittenValue | null;
}

/** Reads `environment`: a map with a conda file (a path, or written inside) or an interpreter, or `file:environment.yml` with such a map. */
export function readEnvironment(
  file: YamlFile,
  environment: YamlEntry,
  specFolder: string,
  notices: string[],
): WrittenEnvironment {
  const { value } = environment;
  if (value.kind === "map") return readMap(file, value, specFolder, notices);
  const place = { label: `environment (${file.place(environment.at)})`, baseDir: dirname(file.path) };
  const text = value.kind === "scalar" ? value.text : "";
  const other = /^file:(?!\/\/)(.+)$/.exec(text)?.[1];
  if (other !== undefined) {
    const included = readYamlFile(resolve(dirname(file.path), other));
    if (included.root.kind === "map") return readMap(included, included.root, specFolder, notices);
    throw included.refuse("yaml_invalid", included.root, "an environment is a map with conda_file");
  }
  const problem = file.refuse(
    "deployment_unsupported",
    value,
    `environment: ${JSON.stringify(text)} names a registered environment, and batchwise score takes conda files only`,
    "give a conda or requirements file with --environment, or an interpreter with --python",
  );
  return { spec: { problem, place }, python: null };
}

function readMap(file: YamlFile, map: YamlMap, specFolder: string, notices: string[]): WrittenEnvironment {
  const spec = readSpec(file, map, specFolder, notices);
  const python = map.entries.get("python");
  if (python?.value.kind !== "scalar" || python.value.value === null) return { spec, python: null };
  const place = { label: `python (${file.place(python.at)})`, baseDir: dirname(file.path) };
  return { spec, python: { raw: python.value.text, place } };
}

function readSpec(file: YamlFile, map: YamlMap, specFolder: string, notices: string[]): WrittenValue | null {
  const conda = map.entries.get("conda_file");
  const image = map.entries.get("image") ?? map.entries.get("build");
  const requirements = map.entries.get("requirements");
  if (conda === undefined && requirements?.value.kind === "scalar" && requirements.value.value !== null) {
    const place = { label: `requirements (${file.place(requirements.at)})`, baseDir: dirname(file.path) };
    return { raw: keepText(requirements.value.text, "requirements", "txt", specFolder), place };
  }
  if (conda === undefined) {
    if (image !== undefined && map.entries.get("python") === undefined)
      notices.push(
        `environment (${file.place(image.at)}): container images are left aside; the job runs with the Python of this machine`,
      );
    return null;
  }
  if (image !== undefined) {
    notices.push(
      `environment (${file.place(image.at)}): the local compute runs without the container; its conda file is built`,
    );
  }
  const place = { label: `conda_file (${file.place(conda.at)})`, baseDir: dirname(file.path) };
  if (conda.value.kind === "scalar") return { raw: conda.value.text, place };
  if (conda.value.kind === "map") return { raw: keepSpec(toPlain(conda.value), specFolder), place };
  return { problem: file.refuse("invalid_value", conda.value, "conda_file: a path or a map is wanted"), place };
}

/** Keeps a conda file that was written inside another file, under the hash of its content. JSON is YAML. */
function keepSpec(spec: unknown, folder: string): string {
  return keepText(`${JSON.stringify(spec, null, 2)}\n`, "conda", "yml", folder);
}

function keepText(text: string, kind: string, ending: string, folder: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const path = join(folder, `${kind}-${hash}.${ending}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
