import { jobSettingTable } from "../config/job-setting-table.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { mergeOne, mergeSettings, readEnvironmentLayer } from "../config/merge-settings.ts";
import { defaultHome } from "../config/setting-kinds.ts";
import type { SettingLayer } from "../config/setting-layer.ts";
import type { ProgressMode } from "../config/settings.ts";
import { homePaths } from "../jobs/home.ts";
import { makeJobName } from "../jobs/job-name.ts";
import type { ScoreCommand } from "./parse-command-line.ts";

/** What `batchwise score` is to do. */
export interface ScoreSettings {
  readonly settings: JobSettings;
  readonly home: string;
  readonly progress: ProgressMode;
  readonly dryRun: boolean;
  readonly notices: readonly string[];
}

/** Merges flags, deployment file and environment. Throws a BatchwiseError for the first thing that is wrong. */
export async function readScoreSettings({ flags, scriptArguments }: ScoreCommand): Promise<ScoreSettings> {
  const environment = readEnvironmentLayer(process.env, process.cwd());
  const home = readHome([flags, environment]);
  const layers: SettingLayer[] = [flags];
  const notices: string[] = [];
  const file = mergeOne("file", [flags]).value as string | null;
  if (file !== null) {
    // Loaded only here: the YAML library takes 12 ms to start.
    const { readDeploymentFile } = await import("../config/deployment-file.ts");
    const deployment = readDeploymentFile(file, homePaths(home).environmentSpecs);
    // An interpreter that the environment variables name wins over what the file says, and a flag over both.
    const { findPythonOverride } = await import("../environment/python-overrides.ts");
    const python = findPythonOverride(process.env, { endpoint: null, deployment: deployment.name });
    if (python !== null) layers.push(pythonLayer(python));
    layers.push(deployment.layer);
    notices.push(...deployment.notices);
  }
  layers.push(environment);
  return {
    settings: mergeSettings(layers, { defaultName: makeJobName(), scriptArguments }),
    home,
    progress: readProgressMode(layers),
    dryRun: mergeOne("dryRun", layers).value as boolean,
    notices,
  };
}

function pythonLayer(python: string): SettingLayer {
  const place = { label: "BATCHWISE_PYTHON or BATCHWISE_PYTHONS (environment variable)", baseDir: process.cwd() };
  return new Map([["python", { raw: python, place }]]);
}

/** The home folder: `--home`, BATCHWISE_HOME, or the default. */
export function readHome(layers: readonly SettingLayer[]): string {
  return (mergeOne("home", layers).value as string | undefined) ?? defaultHome();
}

export function readProgressMode(layers: readonly SettingLayer[]): ProgressMode {
  return mergeOne("progress", layers).value as ProgressMode;
}

/** Checks a job's name that was given as an operand, before it becomes part of a path. */
export function parseJobName(written: string): string {
  return jobSettingTable.name.kind.parse(written, { label: "NAME", baseDir: process.cwd() });
}
