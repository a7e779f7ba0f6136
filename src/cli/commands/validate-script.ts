import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { ModelDeploymentFile } from "../../config/files/deployment-file.ts";
import { findOnPath } from "../../environment/installed-pythons.ts";
import { probeTimeoutMs, readProbe } from "../../environment/probe-python.ts";
import { runProgram } from "../../environment/run-program.ts";
import { checkArguments, readScriptProblem } from "../../environment/script-check.ts";
import { AzError } from "../az/az-error.ts";

/**
 * Looks for mistakes in the scoring script of a deployment file without running it, with whatever Python is at hand: the environment may not be built yet. A
 * registered code asset was looked at when it was made. Throws in az's words.
 */
export async function validateScript(file: ModelDeploymentFile): Promise<void> {
  const { code } = file;
  if (code === null || (code.code !== null && /^(azureml:|\/subscriptions\/)/i.test(code.code))) return;
  const folder = resolve(file.baseDir, code.code ?? ".");
  const script = isAbsolute(code.scoringScript) ? code.scoringScript : join(folder, code.scoringScript);
  if (!(statSync(script, { throwIfNoEntry: false })?.isFile() ?? false)) {
    throw new AzError(1, `Failed to open scoring script ${script}.`, [`hint: scoring_script is relative to ${folder}`]);
  }
  const python =
    process.env.BATCHWISE_PYTHON || findOnPath("python3", process.env) || findOnPath("python", process.env);
  if (!python) return;
  const probed = readProbe(await runProgram(python, checkArguments(script), { timeoutMs: probeTimeoutMs }));
  const problem = probed === null ? null : readScriptProblem(probed.answer);
  if (problem === null) return;
  if (problem.kind === "syntax" || problem.kind === "encoding") {
    const place = problem.line === null ? "" : ` (line ${problem.line}: ${problem.message})`;
    throw new AzError(
      1,
      `Failed to submit deployment ${file.name} due to syntax errors in scoring script ${script}${place}.`,
      [
        ...(problem.text === null ? [] : [`    ${problem.text.trim()}`]),
        "If you wish to bypass this validation use --skip-script-validation paramater.",
      ],
    );
  }
  throw new AzError(1, `Failed to submit deployment ${file.name}: ${problem.message}.`, [
    `script: ${script}`,
    "If you wish to bypass this validation use --skip-script-validation paramater.",
  ]);
}
