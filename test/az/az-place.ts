/** A folder with the `az` of `batchwise shim` first in PATH, and a home of its own: where the shell scripts of the tests run. */

import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { binary, runCommand } from "../support/command.ts";
import { findTestPython } from "../support/python.ts";
import { writeTree } from "../support/temp-folder.ts";

export interface AzPlace {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs lines of bash with `set -e`; whatever is in `variables` is set in them. */
  run(script: string, variables?: Readonly<Record<string, string>>): Promise<ShellResult>;
}

export interface ShellResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script that needs nothing but Python itself: a row with the name of each file. */
export const plainScript = [
  "import os",
  "def init():",
  "    print('model', os.listdir(os.environ['AZUREML_MODEL_DIR']))",
  "def run(mini_batch):",
  "    print('files', len(mini_batch))",
  "    return [os.path.basename(path) for path in mini_batch]",
  "",
].join("\n");

/** The files that a deployment needs, and three inputs. */
export function writeDeployment(folder: string, endpoint: string): void {
  writeTree(folder, {
    "code/score.py": plainScript,
    "model/weights.txt": "1 2 3",
    "in/a.txt": "a",
    "in/b.txt": "b",
    "in/c.txt": "c",
    "endpoint.yml": `$schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json\nname: ${endpoint}\ndescription: files\ntags: {team: a}\nauth_mode: aad_token\n`,
    "deployment.yml": [
      "$schema: https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json",
      "name: names-dpl",
      `endpoint_name: ${endpoint}`,
      "type: model",
      "model: {path: model}",
      "code_configuration: {code: code, scoring_script: score.py}",
      "compute: azureml:batch-cluster",
      "resources: {instance_count: 1}",
      "settings: {mini_batch_size: 2, max_concurrency_per_instance: 2, output_action: append_row, output_file_name: predictions.csv, retry_settings: {max_retries: 3, timeout: 30}, error_threshold: -1, logging_level: info}",
      "",
    ].join("\n"),
  });
}

export async function makeAzPlace(folder: string, env: NodeJS.ProcessEnv = {}): Promise<AzPlace> {
  const shim = join(folder, "shim");
  mkdirSync(shim, { recursive: true });
  await runCommand(["shim", "--install", shim], { cwd: folder });
  const all: NodeJS.ProcessEnv = {
    ...process.env,
    BATCHWISE_HOME: join(folder, "home"),
    BATCHWISE_PYTHON: findTestPython(),
    NO_COLOR: "1",
    PATH: [shim, dirname(binary), process.env.PATH].join(delimiter),
    ...env,
  };
  return {
    folder,
    env: all,
    run: (script, variables = {}) => runShell(`set -e\n${script}`, folder, { ...all, ...variables }),
  };
}

function runShell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
