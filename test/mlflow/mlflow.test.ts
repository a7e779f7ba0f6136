/** MLflow models without a scoring script, whole: the command, real models of MLflow, real files of each kind. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { findMlflowPython, mlflowPatienceMs } from "../support/mlflow.ts";
import { writeTree } from "../support/temp-folder.ts";

let folder = "";
let python = "";
beforeAll(() => {
  python = findMlflowPython();
  folder = mkdtempSync(join(tmpdir(), "batchwise-mlflow-"));
  execFileSync(python, [join(import.meta.dirname, "make_models.py"), folder], { stdio: ["ignore", "ignore", "pipe"] });
}, mlflowPatienceMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Scored {
  readonly code: number | null;
  readonly stderr: string;
  readonly lines: readonly string[];
  /** Why each failed item failed, by its name below the input. */
  readonly failed: Readonly<Record<string, string>>;
}

/** One job over a folder of files; each test has a model and input of its own, so the names do not collide. */
async function score(model: string, input: string, options: readonly string[] = []): Promise<Scored> {
  const name = `${model}-${input}-${options.join("")}`.replace(/[^a-z]+/gi, "-");
  const args = ["score", "--name", name, "--model", `models/${model}`, "--input", input, "--python", python];
  const { code, stderr } = await runCommand([...args, "--workers", "1", "--progress", "none", ...options], {
    cwd: folder,
  });
  const job = join(folder, "home", "jobs", name);
  const output = join(job, "named-outputs", "score", "predictions.csv");
  const failures = join(job, "failed-items.jsonl");
  const failed = existsSync(failures) ? readFileSync(failures, "utf8").trim().split("\n") : [];
  return {
    code,
    stderr,
    lines: existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : [],
    failed: Object.fromEntries(
      failed.map((line) => {
        const { path, reason, message } = JSON.parse(line);
        return [path.slice(join(folder, input).length + 1), `${reason}: ${message}`];
      }),
    ),
  };
}

describe("an MLflow model without a script", () => {
  test("scores tables of every kind with the types of its signature, in nested folders too", async () => {
    const { code, lines, failed } = await score("sum", "tables");
    expect(code).toBe(3);
    const types = "int64/float64";
    expect(lines).toEqual([
      `0,3.0 ${types},1.csv`,
      `1,7.5 ${types},1.csv`,
      `0,3.0 ${types},3 extra.csv`,
      `0,2.0 ${types},7.parquet`,
      `1,4.0 ${types},7.parquet`,
      `0,2.0 ${types},8.PQT`,
      `1,4.0 ${types},8.PQT`,
      `0,6.0 ${types},a.json`,
      `0,7.0 ${types},b.json`,
      `0,8.0 ${types},c.jsonl`,
      `1,9.0 ${types},c.jsonl`,
      `0,30.0 ${types},nested/deeper/1.csv`,
    ]);
    expect(Object.keys(failed).sort()).toEqual([
      "2 misfit.csv",
      "4 missing.csv",
      "6 empty.csv",
      "9 half.parquet",
      "d broken.json",
      "e.avro",
      "f",
      "g damaged.parquet",
    ]);
    expect(failed["2 misfit.csv"]).toBe(
      "refused: Error processing input file: '2 misfit.csv'. Exception: invalid literal for int() with base 10: 'value' (column 'a', row 1)",
    );
    expect(failed["4 missing.csv"]).toContain("Model is missing inputs ['b']");
    expect(failed["9 half.parquet"]).toContain("invalid literal for int() with base 10: '1.5' (column 'a', type long)");
    expect(failed["e.avro"]).toContain("Error processing input file: 'e.avro'. File type 'avro' is not supported");
    expect(failed.f).toContain("without an ending is not supported");
  });

  test("writes the columns of a DataFrame, quoted where needed, and names them in csv and jsonl", async () => {
    const [azureml, csv, jsonl] = await Promise.all([
      score("frame", "rows"),
      score("frame", "rows", ["--output-format", "csv"]),
      score("frame", "rows", ["--output-format", "jsonl"]),
    ]);
    expect(azureml.code).toBe(0);
    expect(azureml.lines.slice(0, 4)).toEqual([
      '0,8,"big, really',
      'big",fine.csv',
      "0,2,small,ok.csv",
      '1,4,"big, really',
    ]);
    expect(csv.lines[0]).toBe("row,preds,labels,file\r");
    expect(csv.lines).toContain("0,2,small,ok.csv\r");
    expect(JSON.parse(jsonl.lines[0] as string)).toEqual({
      row: 0,
      preds: 8,
      labels: "big, really\nbig",
      file: "fine.csv",
    });
  });

  test("leaves the csv header alone where a mini-batch has nothing that can be scored", async () => {
    const { code, lines } = await score("sum", "tables", ["--output-format", "csv", "--mini-batch-size", "1"]);
    expect(code).toBe(3);
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe("row,prediction,file\r");
  });

  test("scores images as its tensor wants them: type, shape, batch dimension", async () => {
    const [fixed, free] = await Promise.all([score("images", "images"), score("free", "images")]);
    const exact = '"uint8 (1, 4, 4, 3) 1128"';
    expect(fixed.lines.filter((line) => line.startsWith(exact))).toEqual([
      `${exact},colour.bmp`,
      `${exact},colour.gif`,
      `${exact},colour.png`,
      `${exact},colour.tiff`,
    ]);
    expect(fixed.lines).toHaveLength(7);
    expect(fixed.lines.every((line) => line.startsWith('"uint8 (1, 4, 4, 3)'))).toBe(true);
    expect(Object.keys(fixed.failed)).toEqual(["large.png", "no image.png"]);
    expect(fixed.failed["large.png"]).toContain("the image has the shape (8, 8, 3), and the model takes (-1, 4, 4, 3)");
    expect(free.lines).toContain('"float32 (1, 8, 8, 3) 0.0",large.png');
    expect(free.lines).toContain('"float32 (1, 4, 4, 3) 1128.0",colour.png');
  });

  test("takes flat vectors from images and tables", async () => {
    const [images, tables] = await Promise.all([score("vectors", "images"), score("vectors", "sixteen")]);
    expect(images.lines).toEqual(['"float32 (1, 16) 360.0",grey.png']);
    expect(tables.lines).toEqual(['0,"float32 (1, 16) 16.0",x.csv']);
    expect(tables.failed["y.csv"]).toContain("the table has 2 columns, and the model takes the shape (-1, 16)");
  });

  test("without a signature takes tables as they are, and images as uint8", async () => {
    const [tables, images] = await Promise.all([score("plain", "rows"), score("plain", "images")]);
    expect(tables.lines[0]).toBe("0,int64,fine.csv");
    expect(images.lines).toContain('"uint8 (1, 4, 4, 3) 1128",colour.png');
    expect(images.lines).toContain('"uint8 (1, 4, 4) 360",grey.png');
  });

  test("keeps the rows of the other files when predict() fails for one; retries when it fails for all", async () => {
    const [some, all] = await Promise.all([
      score("picky", "rows"),
      score("picky", "rows", ["--include", "thirteen.csv", "--max-retries", "1"]),
    ]);
    expect(some.lines).toEqual(["0,4,fine.csv", "0,1,ok.csv", "1,2,ok.csv", "2,3,ok.csv"]);
    expect(some.failed).toEqual({
      "thirteen.csv":
        "refused: Error processing input file: 'thirteen.csv'. Exception: ZeroDivisionError: thirteen is too much",
    });
    expect(all.failed).toEqual({ "thirteen.csv": "exception: thirteen is too much" });
    expect(all.code).toBe(1);
  });

  test("of scikit-learn, with MLmodel in the folder itself, from a deployment file that names only the model", async () => {
    writeTree(folder, { "deployment.yml": "name: d\nmodel: {path: models/tree, type: mlflow_model}\n" });
    const { code } = await runCommand(
      ["score", "-f", "deployment.yml", "--input", "lengths", "--output-path", "out", "--workers", "1"],
      { cwd: folder, env: { BATCHWISE_PYTHONS: JSON.stringify({ d: python }) } },
    );
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "out", "predictions.csv"), "utf8")).toBe("0,short,x.csv\n1,long,x.csv\n");
  });

  test("may have a script of its own as well", async () => {
    writeTree(folder, {
      "own/score.py": `
import os, mlflow.pyfunc, pandas
def init():
    global model
    model = mlflow.pyfunc.load_model(os.path.join(os.environ["AZUREML_MODEL_DIR"], "tree"))
def run(mini_batch):
    return [model.predict(pandas.read_csv(path)).tolist() for path in mini_batch]
`,
    });
    const { code, lines } = await score("tree", "lengths", ["--script", "own/score.py"]);
    expect([code, lines]).toEqual([0, ["['short', 'long']"]]);
  });

  test("is told apart from a folder that is none", async () => {
    const { code, stderr } = await runCommand(["score", "--model", "rows", "--input", "lengths"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain("only an MLflow model needs none");
  });
});
