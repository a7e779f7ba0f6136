import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { isInside } from "./is-inside.ts";
import { jobSettingTable } from "./job-setting-table.ts";
import { findMlmodelFile, mlflowScript } from "./mlflow-model.ts";
import type { SettingLayer, WrittenValue } from "./setting-layer.ts";
import type { SettingName } from "./settings.ts";

export interface ResolvedScript {
  readonly script: string;
  readonly codeDir: string;
  /** The `MLmodel` file of a model that is scored without a script of its own: its environment is built from what stands beside it. */
  readonly mlmodelFile?: string;
}

/**
 * An MLflow model needs no script: the one of this package scores it, in the environment that the model describes unless another is given.
 *
 * Script and code folder belong together. A file's `scoring_script` is relative to its `code` folder, as in Azure ML; `--script` is relative to the
 * current directory, and when nothing is there, to `--code`. A script given without a folder brings its own.
 */
export function resolveScript(layers: readonly SettingLayer[]): ResolvedScript {
  const script = findWritten("script", layers);
  const code = findWritten("codeDir", layers);
  if (script === null) return resolveMlflowScript(layers);
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

function resolveMlflowScript(layers: readonly SettingLayer[]): ResolvedScript {
  const model = findWritten("model", layers);
  const modelPath = model === null ? null : parsePath("model", model.written);
  const mlmodelFile = modelPath === null ? null : findMlmodelFile(modelPath);
  if (mlmodelFile !== null) return { script: mlflowScript.path, codeDir: mlflowScript.codeDir, mlmodelFile };
  throw new BatchwiseError("missing_option", "--script is missing: which scoring script is to be run?", {
    hint:
      modelPath === null
        ? "give --script FILE, or a deployment file with -f"
        : `give --script FILE; only an MLflow model needs none, and ${modelPath} is no folder with a file MLmodel`,
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

function parsePath(name: "script" | "codeDir" | "model", written: WrittenValue): string {
  if ("problem" in written) throw written.problem;
  return jobSettingTable[name].kind.parse(written.raw, written.place);
}

function rawText(written: WrittenValue): string {
  return "raw" in written && typeof written.raw === "string" ? written.raw : "";
}
