import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../src/environment/run-program.ts";
import { examples, repositoryRoot } from "./examples.ts";
import { printDim } from "./terminal-lines.ts";

/** Prints the first rows of the digits and how many of them are right. Returns false when rows are missing or most are wrong. */
export function showDigits(output: string): boolean {
  const rows = readLines(join(output, "predictions.csv"));
  const labels = readLabels(examples.digits.name, ([file, label, part]) =>
    part === "unseen" ? [`${file}`, `${label}`] : null,
  );
  printFirst(rows, "file, digit, how sure");
  return printAccuracy(
    rows.map((row) => row.split(",")).map(([file, digit]) => [`${file}`, `${digit}`]),
    labels,
    "images",
  );
}

/** The same for the tumours: a DataFrame, written as Azure ML writes it, with blanks between the fields. */
export function showTumours(output: string): boolean {
  const rows = readLines(join(output, "predictions.csv"));
  const labels = readLabels(examples.tumours.name, ([file, row, label]) => [`${file} ${row}`, `${label}`]);
  printFirst(rows, "file row prediction probability");
  return printAccuracy(
    rows.map((row) => row.split(" ")).map(([file, row, prediction]) => [`${file} ${row}`, `${prediction}`]),
    labels,
    "patients",
  );
}

/** Prints the folders that the script wrote, and what pyarrow reads from them. */
export async function showWines(output: string, python: string): Promise<boolean> {
  for (const folder of readdirSync(output)
    .filter((name) => name.startsWith("grape="))
    .sort()) {
    printDim(`  ${folder}/  ${readdirSync(join(output, folder)).length} files`);
  }
  const result = await runProgram(python, [
    "-I",
    join(repositoryRoot, "examples", examples.wines.name, "show.py"),
    output,
  ]);
  console.log(`  ${(result.code === 0 ? result.stdout : result.stderr).trimEnd().replaceAll("\n", "\n  ")}`);
  return result.code === 0;
}

function printFirst(rows: readonly string[], meaning: string): void {
  printDim(`  first rows of ${rows.length} (${meaning}):`);
  for (const row of rows.slice(0, 5)) console.log(`    ${row}`);
}

function printAccuracy(
  predictions: readonly (readonly [key: string, prediction: string])[],
  labels: ReadonlyMap<string, string>,
  things: string,
): boolean {
  const right = predictions.filter(([key, prediction]) => labels.get(key) === prediction).length;
  const share = ((100 * right) / labels.size).toFixed(1);
  console.log(`  right: ${right} of ${labels.size} ${things} (${share} %), none of which the model was trained on`);
  if (predictions.length === labels.size && right > 0.9 * labels.size) return true;
  console.error(`  error: expected ${labels.size} rows, nine in ten of them right`);
  return false;
}

function readLines(path: string): string[] {
  return readFileSync(path, "utf8").trimEnd().split("\n");
}

function readLabels(
  example: string,
  pick: (fields: string[]) => [key: string, label: string] | null,
): Map<string, string> {
  const lines = readLines(join(repositoryRoot, "examples", example, "data", "labels.csv")).slice(1);
  return new Map(lines.map((line) => pick(line.trimEnd().split(","))).filter((entry) => entry !== null));
}
