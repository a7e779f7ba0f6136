import { isDeepStrictEqual } from "node:util";
import { allModelDeploymentFields, allRunFields } from "./files/deployment-fields.ts";
import type { FieldTable } from "./files/field.ts";
import { describeNearest } from "./suggest.ts";
import { toPlain, type YamlEntry, type YamlFile, type YamlMap } from "./yaml.ts";

/** The keys of a deployment file, found in whichever place they stand. */
export interface DeploymentKeys {
  /** The entry of a dotted key such as `retry_settings.timeout`; null when it is not there or has no value. */
  find(key: string): YamlEntry | null;
}

/** The keys that a map may have, and those of the maps in it; null for what is not looked into. They are declared in `files/deployment-fields.ts`. */
interface KeyTree {
  readonly [key: string]: KeyTree | null;
}

const runKeys = treeOf(allRunFields);

const topKeys: KeyTree = { ...treeOf(allModelDeploymentFields), component: null, job_definition: null, settings: null };

function treeOf(fields: FieldTable): KeyTree {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      const inner = field.fields ?? field.alternatives?.find((form) => form.fields !== undefined)?.fields;
      return [key, inner === undefined ? null : treeOf(inner)];
    }),
  );
}

/** Checks the keys of a file. Throws `unknown_key` with what was probably meant, and `conflicting_settings` for a setting with two different values. */
export function openDeploymentKeys(file: YamlFile): DeploymentKeys {
  const { root } = file;
  if (root.kind !== "map") throw file.refuse("yaml_invalid", root, "a deployment file is a map of keys and values");
  if (root.entries.has("channels") || root.entries.has("dependencies")) {
    throw file.refuse(
      "yaml_invalid",
      root,
      "this looks like a conda file, and a deployment file is wanted",
      "give a conda file with --environment",
    );
  }
  const settings = root.entries.get("settings") ?? null;
  const places: YamlMap[] = [root];
  checkKeys(file, root, topKeys, "");
  if (settings !== null && settings.value.kind === "map") {
    checkKeys(file, settings.value, runKeys, "settings.");
    places.push(settings.value);
  } else if (settings !== null && !isEmpty(settings)) {
    throw file.refuse("invalid_value", settings.value, "settings: a map is wanted");
  }
  return {
    find(key) {
      const found = places.map((place) => findEntry(file, place, key)).filter((entry) => entry !== null);
      const [first, second] = found;
      if (
        first !== undefined &&
        second !== undefined &&
        !isDeepStrictEqual(toPlain(first.value), toPlain(second.value))
      ) {
        throw file.refuse(
          "conflicting_settings",
          second.at,
          `${key} stands at the top (line ${first.at.line}) and below settings, with different values`,
          "keep one of them",
        );
      }
      return first ?? null;
    },
  };
}

function checkKeys(file: YamlFile, map: YamlMap, known: KeyTree, prefix: string): void {
  for (const [name, { at, value }] of map.entries) {
    const below = Object.hasOwn(known, name) ? known[name] : undefined;
    if (below === undefined) {
      throw file.refuse(
        "unknown_key",
        at,
        `there is no key ${prefix}${name}`,
        describeNearest(name, Object.keys(known)),
      );
    }
    if (below === null) continue;
    if (value.kind === "map") checkKeys(file, value, below, `${prefix}${name}.`);
  }
}

function findEntry(file: YamlFile, map: YamlMap, key: string): YamlEntry | null {
  const [head, tail] = key.split(".") as [string, string?];
  const entry = map.entries.get(head);
  if (entry === undefined || isEmpty(entry)) return null;
  if (tail === undefined) return entry;
  if (entry.value.kind === "map") return findEntry(file, entry.value, tail);
  // Model and environment may be text; elsewhere a map is wanted.
  if (head === "model" || head === "environment") return null;
  throw file.refuse("invalid_value", entry.value, `${head}: a map is wanted`);
}

/** `key:` without a value is as good as absent. */
function isEmpty({ value }: YamlEntry): boolean {
  return value.kind === "scalar" && value.value === null;
}
