import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../../src/environment/run-program.ts";
import { findMlflowPython, mlflowPatienceMs } from "../support/mlflow.ts";

test(
  "the parts of the MLflow driver, with MLflow's own schemas",
  async () => {
    const { code, stderr } = await runProgram(findMlflowPython(), [join(import.meta.dirname, "driver_tests.py")]);
    expect(stderr).toMatch(/^Ran [1-9]\d* tests/m);
    expect(code, stderr).toBe(0);
  },
  mlflowPatienceMs,
);
