/** Where a resource's fields come from: a YAML file or nothing at all, and what options put in place of it. */

import { dirname } from "node:path";
import { BatchwiseError, isSystemError } from "../../errors.ts";
import {
  readYamlFile,
  type YamlEntry,
  type YamlFile,
  type YamlPosition,
  type YamlScalar,
  type YamlValue,
} from "../yaml.ts";

/** A YAML file, or a value that is there already (from JSON, or `{}` when options say it all); `baseDir` is what its paths are relative to. */
export type YamlSource = { readonly path: string } | { readonly value: unknown; readonly baseDir: string };

/** A value that an option puts into a file's content: `--set a.b[0]=c`, or a flag such as `--name`. */
export interface SetValue {
  /** Keys, and numbers for places in lists. */
  readonly path: readonly (string | number)[];
  /** Text for `--set`; what a flag means may be any plain value. Null takes the key away. */
  readonly value: unknown;
  /** The option, for messages: `--set tags.a`. */
  readonly label: string;
}

/** A file's content with the options applied. */
export interface SourceContent {
  readonly root: YamlValue;
  /** What paths in it are relative to. */
  readonly baseDir: string;
  /** `deployment.yml:12:3`, or the option that gave the value; null when nothing is known. */
  place(at: YamlPosition): string | null;
}

/** Values that options made have no line. */
const nowhere: YamlPosition = { line: 0, column: 0 };

/** Reads a source and applies the options in order. Throws `yaml_invalid`, `file_invalid` or `file_unreadable`. */
export function readSource(source: YamlSource, sets: readonly SetValue[]): SourceContent {
  const file = "path" in source ? readFile(source.path) : null;
  const labels = new Map<YamlValue, string>();
  let root = file?.root ?? toYamlValue("value" in source ? source.value : {});
  for (const set of sets) root = applySet(root, set, labels, 0);
  const byPosition = new Map<YamlPosition, string>(labels);
  return {
    root,
    baseDir: "path" in source ? dirname(source.path) : source.baseDir,
    place: (at) => byPosition.get(at) ?? (at.line > 0 && file !== null ? file.place(at) : null),
  };
}

function readFile(path: string): YamlFile {
  let file: YamlFile;
  try {
    file = readYamlFile(path);
  } catch (error) {
    if (error instanceof BatchwiseError && isSystemError(error.cause, "ENOENT")) {
      throw new BatchwiseError("file_unreadable", `No such file or directory: ${path}`, { cause: error });
    }
    if (!(error instanceof BatchwiseError) || error.code !== "yaml_invalid") throw error;
    throw new BatchwiseError("yaml_invalid", `Error while parsing yaml file: ${path}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  const { root } = file;
  if (root.kind === "map") return file;
  if (root.kind === "scalar" && root.value === null) {
    throw new BatchwiseError("yaml_invalid", `Target yaml file is empty: ${path}`);
  }
  const found = root.kind === "list" ? "list" : "str";
  throw new BatchwiseError(
    "yaml_invalid",
    `Expect dict but get <class '${found}'> after parsing yaml file: ${file.place(root)}`,
  );
}

function applySet(value: YamlValue | null, set: SetValue, labels: Map<YamlValue, string>, depth: number): YamlValue {
  const step = set.path[depth];
  if (step === undefined) {
    const made = toYamlValue(set.value);
    labels.set(made, set.label);
    return made;
  }
  const current = value === null || isNull(value) ? null : value;
  if (current !== null && current.kind === "scalar") {
    throw new BatchwiseError(
      "file_invalid",
      `Cannot use '--set' on properties defined by reference strings: ${set.label}`,
    );
  }
  if (typeof step === "number") {
    if (current !== null && current.kind !== "list") {
      throw new BatchwiseError("file_invalid", `${set.label}: [${step}] wants a list, and a map was found`);
    }
    const items = [...(current?.items ?? [])];
    while (items.length <= step) items.push(toYamlValue(null));
    items[step] = applySet(items[step] ?? null, set, labels, depth + 1);
    return label(current, { ...(current ?? nowhere), kind: "list", items }, set, labels);
  }
  if (current !== null && current.kind !== "map") {
    throw new BatchwiseError("file_invalid", `${set.label}: ${JSON.stringify(step)} wants a map, and a list was found`);
  }
  const entries = new Map<string, YamlEntry>(current?.entries ?? []);
  if (set.value === null && depth === set.path.length - 1) {
    entries.delete(step);
  } else {
    const made = applySet(entries.get(step)?.value ?? null, set, labels, depth + 1);
    entries.set(step, { at: made, value: made });
  }
  return label(current, { ...(current ?? nowhere), kind: "map", entries }, set, labels);
}

/** What an option made on the way to its value is known by the option, too. */
function label<T extends YamlValue>(
  before: YamlValue | null,
  made: T,
  set: SetValue,
  labels: Map<YamlValue, string>,
): T {
  const known = before === null ? set.label : labels.get(before);
  if (known !== undefined) labels.set(made, known);
  return made;
}

function isNull(value: YamlValue): boolean {
  return value.kind === "scalar" && value.value === null;
}

/** A plain value as if it had been read from a file, without a place. */
export function toYamlValue(value: unknown): YamlValue {
  if (Array.isArray(value)) return { kind: "list", items: value.map(toYamlValue), ...nowhere };
  if (typeof value === "object" && value !== null) {
    const entries = new Map<string, YamlEntry>();
    for (const [key, inner] of Object.entries(value)) {
      const made = toYamlValue(inner);
      entries.set(key, { at: made, value: made });
    }
    return { kind: "map", entries, ...nowhere };
  }
  return toScalar(value);
}

function toScalar(value: unknown): YamlScalar {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return { kind: "scalar", value: isPlain ? value : null, text: isPlain ? String(value) : "", ...nowhere };
}
