/** The examples from endpoint to results, each by a shell script that uses nothing but `az` and runs with `set -e`. */

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDemoHome } from "../../scripts/demo/demo-home.ts";
import { type Example, examples, repositoryRoot } from "../../scripts/demo/examples.ts";
import { prepareExample } from "../../scripts/demo/prepare-examples.ts";
import { buildEnvironment } from "../../src/environment/build-environment.ts";
import { findMlflowPython } from "../support/mlflow.ts";
import { type AzPlace, makeAzPlace } from "./az-place.ts";

const runFile = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "batchwise-az-examples-"));
let az: AzPlace;

beforeAll(async () => {
  // The environment of the demo, kept between runs: building it anew is what the tests of environments do.
  const conda = join(repositoryRoot, "examples/digits-images/environment/conda.yaml");
  const built = await buildEnvironment(conda, openDemoHome());
  for (const example of Object.values(examples)) await prepareExample(example, built.executable, built.hash);
  az = await makeAzPlace(folder, { BATCHWISE_PYTHON: built.executable });
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script in the folder of its example; returns the folder of its results. */
async function runScript(name: string, example: Pick<Example, "name">): Promise<string> {
  const output = join(folder, `out-${name}`);
  const cwd = join(repositoryRoot, "examples", example.name);
  await runFile(join(import.meta.dirname, `${name}.sh`), [output], { cwd, env: az.env, maxBuffer: 1 << 26 });
  return join(output, "named-outputs/score");
}

function countFiles(example: Example): number {
  return readdirSync(join(repositoryRoot, "examples", example.name, example.input)).length;
}

function readRows(output: string): string[] {
  return readFileSync(join(output, "predictions.csv"), "utf8").trimEnd().split("\n");
}

test.each(["digits-by-batch", "digits-by-file"])(
  "%s.sh: a row for each image, in the order of the names",
  async (name) => {
    const rows = readRows(await runScript(name, examples.digits));
    expect(rows).toHaveLength(countFiles(examples.digits));
    const files = rows.map((row) => row.split(",")[0]);
    expect(files).toEqual([...files].sort());
  },
);

test("tumours.sh: the rows of every table", async () => {
  const rows = readRows(await runScript("tumours", examples.tumours));
  expect(new Set(rows.map((row) => row.split(" ")[0])).size).toBe(countFiles(examples.tumours));
  expect(rows.every((row) => /^\S+ \d+ (benign|malignant) [\d.]+$/.test(row))).toBe(true);
});

test("mlflow.sh: a model without script and environment, tables of two kinds in nested folders", async () => {
  const flowers: Example = { name: "mlflow-model", title: "", input: "data/tables" };
  const python = findMlflowPython();
  await prepareExample(flowers, python, python);
  // In place of the environment that the model describes, whose building the tests of environments show.
  az.env.BATCHWISE_PYTHONS = JSON.stringify({ "mlflow/flowers-mlflow": python });
  const rows = readRows(await runScript("mlflow", flowers));
  expect(rows).toHaveLength(75);
  expect(rows[0]).toMatch(/^0,(setosa|versicolor|virginica),flowers-00\.csv$/);
  expect(rows.at(-1)).toMatch(/^4,(setosa|versicolor|virginica),late\/flowers-07\.jsonl$/);
}, 600_000);

test("wines.sh: a folder for each grape, a file of each input in them", async () => {
  const output = await runScript("wines", examples.wines);
  const grapes = readdirSync(output).filter((name) => name.startsWith("grape="));
  expect(grapes.length).toBeGreaterThan(1);
  expect(readdirSync(join(output, grapes[0] as string)).every((name) => name.endsWith(".parquet"))).toBe(true);
  expect(existsSync(join(output, "predictions.csv"))).toBe(false);
});
