import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../../errors.ts";
import { writeFileAtomic } from "../../storage/durable.ts";

/** Settings of `az configure --defaults` (keys `defaults.group`) and `az config set` (`core.output`), kept in the home folder. */
export type AzConfig = Readonly<Record<string, string>>;

/** What is kept; nothing when there is no such file, or it is damaged. */
export function readAzConfig(home: string): AzConfig {
  let text: string;
  try {
    text = readFileSync(pathIn(home), "utf8");
  } catch (error) {
    if (isSystemError(error)) return {};
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === "string"));
  } catch {
    return {};
  }
}

/** Keeps values beside what is kept already; an empty value removes its key, as in `az`. */
export function changeAzConfig(home: string, changes: AzConfig): void {
  const entries = Object.entries({ ...readAzConfig(home), ...changes }).filter(([, value]) => value !== "");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileAtomic(pathIn(home), [`${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`]);
}

function pathIn(home: string): string {
  return join(home, "az-config.json");
}
