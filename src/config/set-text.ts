/**
 * `--set KEY=VALUE` as `az ml … create` and `invoke` read it: text that is put into the file before it is checked. KEY is a path with dots; `\.` is a dot that
 * belongs to a name, `[2]` a place in a list (missing places are filled with nothing). Missing levels are made. VALUE is always text: what the file's schema
 * makes of it counts. Options with a name of their own (`--name`, `--path`) are put in afterwards by the same means, and so win.
 */

import { BatchwiseError } from "../errors.ts";
import type { YamlEntry, YamlFile, YamlMap, YamlPosition, YamlValue } from "./yaml.ts";

/** One value to put into a file. */
export interface SetText {
  /** Keys and places in lists, from the top. */
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** How messages name it: `--set inputs.x.path`, `--name`. */
  readonly label: string;
}

/** Reads the words of `--set`. Throws `set_invalid` for a word without `=` and for a key that cannot be read. */
export function parseSetWords(words: readonly string[]): SetText[] {
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 0) throw new BatchwiseError("set_invalid", "usage error: --set KEY=VALUE [KEY=VALUE ...]");
    const key = word.slice(0, at);
    return { path: parseKeyPath(key), text: word.slice(at + 1), label: `--set ${key}` };
  });
}

/** `a.b[2].c\.d` as `["a", "b", 2, "c.d"]`. Throws `set_invalid` where a name is missing. */
export function parseKeyPath(key: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (const part of splitAtDots(key)) {
    const match = /^(.*?)((?:\[\d{1,6}\])*)$/s.exec(part) as RegExpExecArray;
    const [, name = "", places = ""] = match;
    if (name === "" && (places === "" || path.length === 0)) {
      throw new BatchwiseError("set_invalid", `usage error: --set ${key}: a name is missing`);
    }
    if (name !== "") path.push(name);
    for (const [, place] of places.matchAll(/\[(\d+)\]/g)) path.push(Number(place));
  }
  return path;
}

function splitAtDots(key: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < key.length; at++) {
    if (key[at] === ".") {
      parts.push(part);
      part = "";
    } else {
      if (key[at] === "\\" && key[at + 1] === ".") at += 1;
      part += key[at];
    }
  }
  return [...parts, part];
}

/** A file with values put into it; messages about those name the option. Throws `set_invalid` where a value stands in the way. */
export function applySetTexts(file: YamlFile, sets: readonly SetText[]): YamlFile {
  let root = file.root;
  for (const set of sets) root = putValue(root, set, 0);
  return { ...file, root };
}

/** A file that has nothing in it, for commands that can do without one; paths in it are relative to `folder`. */
export function makeEmptyFile(folder: string): YamlFile {
  return {
    path: `${folder}/command line`,
    root: { kind: "map", entries: new Map(), line: 1, column: 1 },
    place: (at) => at.label ?? "command line",
    refuse: (code, at, message, hint) =>
      new BatchwiseError(code, `${at.label ?? "command line"}: ${message}`, hint === undefined ? {} : { hint }),
  };
}

const longestList = 1000;

function putValue(value: YamlValue | undefined, set: SetText, depth: number): YamlValue {
  const at: YamlPosition = { line: 1, column: 1, label: set.label };
  const key = set.path[depth];
  if (key === undefined) return { kind: "scalar", value: set.text, text: set.text, ...at };
  if (value?.kind === "scalar" && value.value !== null) throw refuseReference(set);
  if (typeof key === "number") {
    if (value?.kind === "map") throw refuseReference(set);
    const items: YamlValue[] = value?.kind === "list" ? [...value.items] : [];
    if (key >= longestList)
      throw new BatchwiseError("set_invalid", `${set.label}: a list may have ${longestList} places`);
    while (items.length <= key) items.push({ kind: "scalar", value: null, text: "", ...at });
    items[key] = putValue(items[key], set, depth + 1);
    return { ...(value?.kind === "list" ? value : at), kind: "list", items };
  }
  if (value?.kind === "list") throw refuseReference(set);
  const before: YamlMap = value?.kind === "map" ? value : { kind: "map", entries: new Map(), ...at };
  const entries = new Map<string, YamlEntry>(before.entries);
  const entry = entries.get(key);
  entries.set(key, { at: entry?.at ?? at, value: putValue(entry?.value, set, depth + 1) });
  return { ...before, entries };
}

function refuseReference({ path, label }: SetText): BatchwiseError {
  const shown = path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? key : `${text}.${key}`),
    "",
  );
  return new BatchwiseError(
    "set_invalid",
    `Cannot use '--set' on properties defined by reference strings: ${label.startsWith("--set") ? `--set ${shown}` : label}`,
  );
}
