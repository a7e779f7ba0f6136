import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { isInside } from "./is-inside.ts";
import { jobSettingTable } from "./job-setting-table.ts";
import type { SettingLayer, WrittenValue } from "./setting-layer.ts";
import type { SettingName } from "./settings.ts";

/**
 * Script and code folder belong together. A file's `scoring_script` is relative to its `code` folder, as in Azure ML; `--script` is relative to the
 * current directory, and when nothing is there, to `--code`. A script given without a folder brings its own.
 */
export function resolveScript(layers: readonly SettingLayer[]): { script: string; codeDir: string } {
  const script = findWritten("script", layers);
  const code = findWritten("codeDir", layers);
  if (script === null) {
    throw new BatchwiseError("missing_option", "--script is missing: which scoring script is to be run?", {
      hint: "give --script FILE, or a deployment file with -f",
    });
  }
  if (code === null) {
    const path = parsePath("script", script.written);
    return { script: path, codeDir: dirname(path) };
  }
  // A script of higher rank than the code folder is used from that folder only when it lies in it.
  const codeDir = parsePath("codeDir", code.written);
  const asGiven = parsePath("script", script.written);
  const inCode = resolve(codeDir, rawText(script.written));
  const isFlag = script.layer === 0;
  const path = isFlag && (existsSync(asGiven) || !existsSync(inCode)) ? asGiven : inCode;
  if (isInside(path, codeDir)) return { script: path, codeDir };
  if (script.layer < code.layer) return { script: path, codeDir: dirname(path) };
  throw new BatchwiseError("conflicting_settings", `the script ${path} is not inside the code folder ${codeDir}`, {
    hint: "leave out --code, or name a script below it",
  });
}

function findWritten(
  name: SettingName,
  layers: readonly SettingLayer[],
): { written: WrittenValue; layer: number } | null {
  for (const [layer, values] of layers.entries()) {
    const written = values.get(name);
    if (written !== undefined) return { written, layer };
  }
  return null;
}

function parsePath(name: "script" | "codeDir", written: WrittenValue): string {
  if ("problem" in written) throw written.problem;
  return jobSettingTable[name].kind.parse(written.raw, written.place);
}

function rawText(written: WrittenValue): string {
  return "raw" in written && typeof written.raw === "string" ? written.raw : "";
}
