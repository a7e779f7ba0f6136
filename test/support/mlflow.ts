import { ensureEnvironment } from "../../scripts/python-env.ts";

/** A Python with mlflow-skinny, scikit-learn, pandas, pyarrow and Pillow; made once for the machine, which takes a minute. */
export function findMlflowPython(): string {
  return ensureEnvironment("mlflow");
}

/** What the first use may take, in milliseconds. */
export const mlflowPatienceMs = 600_000;
