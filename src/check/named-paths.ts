/** Paths that a YAML file names: whether they are there, and hold what they should. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SourceContent } from "../config/files/source.ts";
import { findMlmodelFile } from "../config/mlflow-model.ts";
import { makeFinding } from "./check-script.ts";
import type { Finding } from "./finding.ts";
import { findKeyPlace } from "./yaml-place.ts";

/** `mlmodel-missing`, when the path is local and there. */
export function checkMlmodel(
  file: string,
  content: SourceContent,
  key: readonly string[],
  path: unknown,
  type: unknown,
): Finding[] {
  if (type !== "mlflow_model" || !isLocalPath(path)) return [];
  const folder = resolve(content.baseDir, path);
  if (!existsSync(folder) || findMlmodelFile(folder) !== null) return [];
  const message = `${path} has no file MLmodel, nor has a folder in it`;
  return [makeFinding("mlmodel-missing", file, findKeyPlace(content.root, key), message)];
}

/** `path-missing`, when the value is a local path and nothing is there. */
export function checkPath(
  file: string,
  content: SourceContent,
  key: readonly string[],
  written: unknown,
  baseDir = content.baseDir,
): Finding[] {
  if (!isLocalPath(written) || existsSync(resolve(baseDir, written))) return [];
  const expanded = /[$~]/.test(written) ? "; $ and ~ are not expanded" : "";
  const message = `${key.join(".")}: there is nothing at ${written}, relative to ${baseDir}${expanded}`;
  return [makeFinding("path-missing", file, findKeyPlace(content.root, key), message)];
}

/** Whether a value is a path on this machine rather than a reference or URL. */
export function isLocalPath(written: unknown): written is string {
  return (
    typeof written === "string" &&
    written !== "" &&
    !/^(azureml:|runs:|[a-z][a-z0-9+.-]+:\/\/|\/subscriptions\/)/i.test(written)
  );
}
