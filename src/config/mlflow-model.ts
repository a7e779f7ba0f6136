import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file that makes a folder an MLflow model. */
const markerName = "MLmodel";

/**
 * The scoring script of an MLflow model that is deployed without one: a script like any other, with init() and run(), in a code folder of its own. It is part of
 * the package, in source and build alike.
 */
export const mlflowScript = {
  codeDir: fileURLToPath(new URL("../../python/batchwise_mlflow", import.meta.url)),
  name: "mlflow_score.py",
  path: fileURLToPath(new URL("../../python/batchwise_mlflow/mlflow_score.py", import.meta.url)),
} as const;

/**
 * Path of the `MLmodel` file of a model, or null when it is no MLflow model. It stands in the folder or, as a model that was registered from the folder above has
 * it, one level down; two of them there are no answer.
 *
 * `environmentFile` of a job may be this path: the environment is then built from what the model says.
 */
export function findMlmodelFile(model: string): string | null {
  const direct = join(model, markerName);
  if (isFile(direct)) return direct;
  const below = listFolders(model)
    .map((folder) => join(folder, markerName))
    .filter(isFile);
  return below.length === 1 ? (below[0] as string) : null;
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => join(folder, entry.name));
  } catch {
    // No folder, or one that may not be read: whoever needs it says so.
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
