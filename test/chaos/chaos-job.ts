/** Jobs for the harness: a script that makes rows and files, input files, and settings that a few words change. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { jobSettingTable } from "../../src/config/job-setting-table.ts";
import type { JobSettings } from "../../src/config/job-settings.ts";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { findTestPython } from "../support/python.ts";

/**
 * What a file says decides what happens to it: `rows N` gives N rows, `file` a file of its own besides, `raise` an exception, `big` a row beyond one part.
 * Anything else is one row. So the same input gives the same output, whatever happens meanwhile.
 */
export const chaosScript = `
import os, time
def init():
    global out
    out = os.environ["AZUREML_BI_OUTPUT_PATH"]
    os.makedirs(os.path.join(out, "parts", "deep"), exist_ok=True)
def run(mini_batch):
    rows = []
    for path in mini_batch:
        name = os.path.basename(path)
        with open(path) as f: words = f.read().split()
        if "raise" in words: raise ValueError("cannot read " + name)
        rows.append(name + " " + "-".join(words) * 3)
        if "big" in words: rows.append((name + " ") * 150000)
        if "file" in words:
            with open(os.path.join(out, "parts", "deep" if "deep" in words else "", name), "w") as f:
                f.write(name * 7)
    time.sleep(0.001)
    print(len(rows))
    return rows
`;

/** A job with code in its folder, not run yet. `settings` are changes of the defaults. */
export function makeChaosJob(
  folder: string,
  input: string,
  settings: Partial<JobSettings> = {},
  script = chaosScript,
): DriverJob {
  const paths = jobPaths(folder);
  mkdirSync(paths.code, { recursive: true });
  const scriptPath = join(paths.code, "score.py");
  writeFileSync(scriptPath, script);
  return {
    folder,
    script: scriptPath,
    codeDir: paths.code,
    modelDir: null,
    python: findTestPython(),
    isNew: true,
    retryFailed: false,
    replan: false,
    settings: makeChaosSettings({ script: scriptPath, codeDir: paths.code, inputs: [input], ...settings }),
  };
}

/** The defaults of the settings table, with what a job must have. A setting that is added later is there by itself. */
export function makeChaosSettings(changes: Partial<JobSettings>): JobSettings {
  const defaults = Object.entries(jobSettingTable).map(([name, { default: value }]) => [name, value ?? null]);
  return {
    ...(Object.fromEntries(defaults) as JobSettings),
    name: "chaos",
    inputs: [],
    include: [],
    exclude: [],
    environmentVariables: {},
    scriptArguments: [],
    outputAction: "append_row",
    outputFileName: "predictions.csv",
    workers: 2,
    miniBatchSize: 5,
    maxRetries: 0,
    ...changes,
  };
}

/** Writes input files: contents by relative path. */
export function writeInput(input: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(input, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(input, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}
