import { stringify } from "yaml";
import { colourYaml } from "./colour.ts";

/** Block style as PyYAML writes it: lists are not indented below their key, text that YAML 1.1 would read as something else is quoted, a bare scalar ends with `...`. */
export function formatYaml(value: unknown, isColoured: boolean): string {
  const text = stringify(value, {
    version: "1.1",
    indentSeq: false,
    singleQuote: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  const whole = typeof value === "object" && value !== null ? text : `${text}...\n`;
  return isColoured ? colourYaml(whole) : whole;
}
