import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLastLines, runProgram } from "../../src/environment/run-program.ts";
import { BatchwiseError } from "../../src/errors.ts";
import { type Example, repositoryRoot } from "./examples.ts";

/**
 * Makes data and model of an example with its `prepare.py` and `train.py`, unless they were made by the very same programs in the same
 * environment. A stamp, written last, says so; so an interrupted run is done again. Returns whether anything was to do.
 */
export async function prepareExample(example: Example, python: string, environmentHash: string): Promise<boolean> {
  const folder = join(repositoryRoot, "examples", example.name);
  const stamp = join(folder, "data", ".made-by");
  const hash = createHash("sha256").update(environmentHash);
  for (const name of ["prepare.py", "train.py", ...listCode(folder)]) hash.update(readFileSync(join(folder, name)));
  const wanted = hash.digest("hex");
  if (existsSync(stamp) && existsSync(join(folder, "model")) && readFileSync(stamp, "utf8") === wanted) return false;
  for (const name of ["data", "model"]) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ["prepare.py", "train.py"]) {
    // -I: neither the user's PYTHONPATH nor packages of the home folder; the environment has all that is needed.
    const result = await runProgram(python, ["-I", join(folder, name)]);
    if (result.code !== 0) {
      const output = readLastLines(result.stderr, 20).join("\n");
      throw new BatchwiseError("internal", `examples/${example.name}/${name} failed:\n${output}`);
    }
  }
  writeFileSync(stamp, wanted);
  return true;
}

/** Training may use what scoring uses; an MLflow model is scored without code. */
function listCode(folder: string): string[] {
  if (!existsSync(join(folder, "code"))) return [];
  const names = readdirSync(join(folder, "code")).filter((name) => name.endsWith(".py"));
  return names.sort().map((name) => join("code", name));
}
