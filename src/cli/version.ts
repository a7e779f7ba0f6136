import { readFileSync } from "node:fs";

/** Version of this package; the file lies two folders up in source and build alike. */
export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
