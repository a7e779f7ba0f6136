import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { WrittenValue } from "./setting-layer.ts";
import { readYamlFile, toPlain, type YamlEntry, type YamlFile, type YamlMap } from "./yaml.ts";

/** Reads `environment`: a map with a conda file (a path, or written inside), or `file:environment.yml` with such a map. Null when it names none. */
export function readEnvironment(
  file: YamlFile,
  environment: YamlEntry,
  specFolder: string,
  notices: string[],
): WrittenValue | null {
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
  return { problem, place };
}

function readMap(file: YamlFile, map: YamlMap, specFolder: string, notices: string[]): WrittenValue | null {
  const conda = map.entries.get("conda_file");
  const image = map.entries.get("image") ?? map.entries.get("build");
  if (conda === undefined) {
    if (image !== undefined)
      notices.push(
        `environment (${file.place(image.at)}): container images are left aside; the job runs with the Python of this machine`,
      );
    return null;
  }
  const place = { label: `conda_file (${file.place(conda.at)})`, baseDir: dirname(file.path) };
  if (conda.value.kind === "scalar") return { raw: conda.value.text, place };
  if (conda.value.kind === "map") return { raw: keepSpec(toPlain(conda.value), specFolder), place };
  return { problem: file.refuse("invalid_value", conda.value, "conda_file: a path or a map is wanted"), place };
}

/** Keeps a conda file that was written inside another file, under the hash of its content. JSON is YAML. */
function keepSpec(spec: unknown, folder: string): string {
  const text = `${JSON.stringify(spec, null, 2)}\n`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const path = join(folder, `conda-${hash}.yml`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
