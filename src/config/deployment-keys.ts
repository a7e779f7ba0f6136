import { isDeepStrictEqual } from "node:util";
import { jobSettingTable } from "./job-setting-table.ts";
import { describeNearest } from "./suggest.ts";
import { toPlain, type YamlEntry, type YamlFile, type YamlMap } from "./yaml.ts";

/** The keys of a deployment file, found in whichever place they stand. */
export interface DeploymentKeys {
  /** The entry of a dotted key such as `retry_settings.timeout`; null when it is not there or has no value. */
  find(key: string): YamlEntry | null;
}

/** What a map may have: `null` for a value, `"any"` for a value that is not looked into, or the keys of a map. */
interface KeyTree {
  readonly [key: string]: KeyTree | null | "any";
}

/** The run settings: at the top of the file, or below `settings`. Those of the table, and what Azure ML has beside them. */
const runKeys: KeyTree = {
  ...treeOf(
    Object.values(jobSettingTable)
      .map((setting) => setting.fileKey)
      .filter((key) => key !== null)
      .filter((key) => !/^(code_configuration|model|environment|environment_variables)(\.|$)/.test(key)),
  ),
  environment_variables: "any",
  instance_count: null,
};

const modelKeys: KeyTree = {
  ...Object.fromEntries(
    ["id", "name", "version", "type", "path", "description", "stage", "datastore"].map((key) => [key, null]),
  ),
  tags: "any",
  properties: "any",
  flavors: "any",
  creation_context: "any",
};

const environmentKeys: KeyTree = {
  ...Object.fromEntries(
    ["id", "name", "version", "image", "os_type", "description", "datastore"].map((key) => [key, null]),
  ),
  conda_file: "any",
  build: { path: null, dockerfile_path: null },
  inference_config: "any",
  tags: "any",
  properties: "any",
  creation_context: "any",
};

const topKeys: KeyTree = {
  ...Object.fromEntries(
    [
      "$schema",
      "id",
      "name",
      "endpoint_name",
      "type",
      "description",
      "compute",
      "provisioning_state",
      "resourceGroup",
    ].map((key) => [key, null]),
  ),
  tags: "any",
  properties: "any",
  creation_context: "any",
  identity: "any",
  resources: {
    ...Object.fromEntries(
      ["instance_count", "instance_type", "shm_size", "docker_args", "max_instance_count"].map((key) => [key, null]),
    ),
    properties: "any",
    locations: "any",
  },
  code_configuration: { code: null, scoring_script: null },
  model: modelKeys,
  environment: environmentKeys,
  component: "any",
  job_definition: "any",
};

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
  checkKeys(file, root, { ...topKeys, ...runKeys, settings: "any" }, "");
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

function treeOf(keys: readonly string[]): KeyTree {
  const tree: Record<string, KeyTree | null> = {};
  for (const key of keys) {
    const [head, tail] = key.split(".") as [string, string?];
    tree[head] = tail === undefined ? null : { ...tree[head], [tail]: null };
  }
  return tree;
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
    if (below === null || below === "any") continue;
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
