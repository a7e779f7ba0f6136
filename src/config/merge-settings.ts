import { availableParallelism } from "node:os";
import { BatchwiseError } from "../errors.ts";
import { freezeSettings } from "./freeze-settings.ts";
import { jobSettingTable } from "./job-setting-table.ts";
import type { JobSettings } from "./job-settings.ts";
import { resolveScript } from "./resolve-script.ts";
import type { SettingLayer, WrittenValue } from "./setting-layer.ts";
import { type SettingName, settingNames, settingOf } from "./settings.ts";

/** What one setting came to. */
export interface MergedValue {
  readonly value: unknown;
  /** Index of the layer that gave it; -1 for the default. */
  readonly layer: number;
}

/** The settings that have an environment variable which is set and not empty. */
export function readEnvironmentLayer(env: NodeJS.ProcessEnv, cwd: string): SettingLayer {
  const layer = new Map<SettingName, WrittenValue>();
  for (const name of settingNames) {
    const variable = settingOf(name).env;
    const raw = variable === undefined ? undefined : env[variable];
    if (raw) layer.set(name, { raw, place: { label: `${variable} (environment variable)`, baseDir: cwd } });
  }
  return layer;
}

/** The winner for one setting among `layers` (highest rank first), parsed. Throws when it is not allowed. */
export function mergeOne(name: SettingName, layers: readonly SettingLayer[]): MergedValue {
  const setting = settingOf(name);
  if (name === "environmentVariables") return mergeVariables(layers);
  for (const [index, layer] of layers.entries()) {
    const written = layer.get(name);
    if (written !== undefined) return { value: parseWritten(name, written), layer: index };
  }
  return { value: setting.default, layer: -1 };
}

function parseWritten(name: SettingName, written: WrittenValue): unknown {
  if ("problem" in written) throw written.problem;
  return settingOf(name).kind.parse(written.raw, written.place);
}

/** Variables add up: those of the file stay unless a flag sets the same name. */
function mergeVariables(layers: readonly SettingLayer[]): MergedValue {
  const merged = new Map<string, string>();
  for (const layer of [...layers].reverse()) {
    const written = layer.get("environmentVariables");
    if (written === undefined) continue;
    for (const [key, value] of Object.entries(parseWritten("environmentVariables", written) as object)) {
      merged.delete(key);
      merged.set(key, value);
    }
  }
  return { value: Object.fromEntries(merged), layer: -1 };
}

export interface MergeOptions {
  /** Used when no layer names the job. */
  readonly defaultName: string;
  readonly scriptArguments: readonly string[];
}

/** Merges and checks all layers (highest rank first) once. Throws a BatchwiseError for the first thing that is wrong; the result is frozen. */
export function mergeSettings(layers: readonly SettingLayer[], options: MergeOptions): JobSettings {
  const merged = new Map<SettingName, MergedValue>();
  for (const name of Object.keys(jobSettingTable) as (keyof typeof jobSettingTable)[]) {
    if (name === "script" || name === "codeDir") continue;
    merged.set(name, mergeOne(name, layers));
  }
  refuseFileNameWithoutRows(merged);
  dropOutrankedPython(merged);
  const { script, codeDir, mlmodelFile = null } = resolveScript(layers);
  const inputs = merged.get("inputs")?.value;
  if (inputs === undefined) {
    throw new BatchwiseError("missing_option", "--input is missing: which files are to be scored?", {
      hint: "give a folder, a file, a glob or @list.txt with --input",
    });
  }
  const values = Object.fromEntries([...merged].map(([name, { value }]) => [name, value])) as Partial<JobSettings>;
  return freezeSettings({
    ...values,
    name: values.name ?? options.defaultName,
    workers: values.workers ?? availableParallelism(),
    script,
    codeDir,
    environmentFile: values.environmentFile ?? mlmodelFile,
    scriptArguments: options.scriptArguments,
  } as JobSettings);
}

/** Both say what the script runs under, and an interpreter wins; but not one of an environment variable over an environment of a flag. */
function dropOutrankedPython(merged: Map<SettingName, MergedValue>): void {
  const python = merged.get("python");
  const environment = merged.get("environmentFile");
  if (python === undefined || environment === undefined || environment.layer < 0) return;
  if (environment.layer < python.layer) merged.set("python", { value: null, layer: environment.layer });
}

/** Azure ML's rule, which keeps people from waiting for a file that never comes. */
function refuseFileNameWithoutRows(merged: ReadonlyMap<SettingName, MergedValue>): void {
  const action = merged.get("outputAction");
  const fileName = merged.get("outputFileName");
  if (action?.value !== "summary_only" || fileName === undefined || fileName.layer < 0) return;
  // A flag that says summary_only overrides what the file below it says about rows.
  if (action.layer >= 0 && action.layer < fileName.layer) return;
  throw new BatchwiseError(
    "conflicting_settings",
    "with output_action summary_only no file of rows is written, but an output file name is given",
    { hint: "leave out the output file name, or use append_row" },
  );
}
