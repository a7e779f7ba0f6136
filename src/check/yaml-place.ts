import type { YamlPosition, YamlValue } from "../config/yaml.ts";

/** Where a key stands; the nearest key above it when it is not there. */
export function findKeyPlace(root: YamlValue, path: readonly (string | number)[]): YamlPosition {
  let place: YamlPosition = root;
  let value: YamlValue | undefined = root;
  for (const step of path) {
    if (value?.kind === "map") {
      const entry = value.entries.get(String(step));
      if (entry === undefined) break;
      place = entry.at;
      value = entry.value;
    } else if (value?.kind === "list") {
      const item: YamlValue | undefined = value.items[Number(step)];
      if (item === undefined) break;
      place = item;
      value = item;
    } else {
      break;
    }
  }
  return { line: Math.max(1, place.line), column: Math.max(1, place.column) };
}

/** The value of a dotted key, at the top of the file or below `settings`; null when it is not there. */
export function findSetting(root: YamlValue, key: string): { readonly path: string[]; readonly text: string } | null {
  for (const path of [key.split("."), ["settings", ...key.split(".")]]) {
    const value = path.reduce<YamlValue | undefined>(
      (found, step) => (found?.kind === "map" ? found.entries.get(step)?.value : undefined),
      root,
    );
    if (value?.kind === "scalar" && value.value !== null) return { path, text: value.text };
  }
  return null;
}
