import { dirname } from "node:path";
import { readSource, type YamlSource } from "../../config/files/source.ts";
import { toPlain } from "../../config/yaml.ts";

/** A YAML file as plain values, changed before it is checked; paths in it stay relative to its folder. */
export function readPlainFile(
  path: string,
  change: (plain: Record<string, unknown>) => Record<string, unknown>,
): YamlSource {
  const plain = toPlain(readSource({ path }, []).root) as Record<string, unknown>;
  return { value: change(plain), baseDir: dirname(path) };
}
