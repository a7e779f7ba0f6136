import { existsSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { listForeignPaths, snapshotCode } from "../catalog/code-snapshot.ts";
import { freezeSettings } from "../config/freeze-settings.ts";
import { jobSettingTable } from "../config/job-setting-table.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { mergeOne } from "../config/merge-settings.ts";
import { resolveScript } from "../config/resolve-script.ts";
import type { SettingLayer } from "../config/setting-layer.ts";
import { writeFileAtomic } from "../storage/durable.ts";
import { jobPaths } from "../storage/job-paths.ts";
import type { JobRequest } from "./job-request.ts";
import { measureModel } from "./model-view.ts";
import { checkScript } from "./preflight.ts";
import { formatRequest } from "./request.ts";

/** Tells the interpreter to use, given the changed settings; throws when there is none, or when the script is no good. */
type ChooseInterpreter = (settings: JobSettings, isScriptNew: boolean) => Promise<JobRequest["python"]>;

/**
 * Changes a job's request as the flags of `batchwise resume` say, and writes it. A new script gets a code snapshot of its own beside the old one. Nothing is
 * written when a check fails. The caller holds the job's lock.
 */
export async function changeRequest(
  folder: string,
  before: JobRequest,
  flags: SettingLayer,
  chooseInterpreter: ChooseInterpreter,
): Promise<JobRequest> {
  const isScriptNew = flags.has("script") || flags.has("codeDir");
  const settings = changeSettings(before.settings, flags);
  if (isScriptNew) checkScript(settings.script);
  const python = await chooseInterpreter(settings, isScriptNew);
  const code = isScriptNew ? takeSnapshot(folder, settings) : before.code;
  const request: JobRequest = { ...before, settings, python, code };
  if (JSON.stringify(request) !== JSON.stringify(before))
    writeFileAtomic(jobPaths(folder).request, [formatRequest(request)]);
  return request;
}

function changeSettings(before: JobSettings, flags: SettingLayer): JobSettings {
  const changed: Record<string, unknown> = { ...before };
  for (const name of Object.keys(jobSettingTable) as (keyof typeof jobSettingTable)[]) {
    if (!flags.has(name) || name === "script" || name === "codeDir") continue;
    const { value } = mergeOne(name, [flags]);
    changed[name] = name === "environmentVariables" ? { ...before.environmentVariables, ...(value as object) } : value;
  }
  if (flags.has("script") || flags.has("codeDir")) {
    Object.assign(changed, resolveScript([flags, scriptLayer(before)]));
  }
  // A Python that is named wins over an environment of before, and the other way round.
  if (flags.has("environmentFile") && !flags.has("python")) changed.python = null;
  return freezeSettings(changed as unknown as JobSettings);
}

/** Script and code folder of a request as if they stood in a deployment file: a new script may lie in the old folder, and the other way round. */
export function scriptLayer({ script, codeDir }: JobSettings): SettingLayer {
  const place = { label: "job.json", baseDir: codeDir };
  return new Map([
    ["script", { raw: relative(codeDir, script), place }],
    ["codeDir", { raw: codeDir, place }],
  ]);
}

/** Whether the script that the job was made from is no longer what the job's own copy has. False when it is not there any more. */
export function hasScriptChanged(folder: string, { settings, code }: JobRequest): boolean {
  try {
    return !readFileSync(settings.script).equals(readFileSync(join(folder, code.folder, code.script)));
  } catch {
    return false;
  }
}

function takeSnapshot(folder: string, settings: JobSettings): JobRequest["code"] {
  const { code } = jobPaths(folder);
  let number = 2;
  while (existsSync(`${code}-${number}`)) number += 1;
  const target = `${code}-${number}`;
  const leaveOut = [join(folder, "..", ".."), ...listForeignPaths(settings)];
  const snapshot = snapshotCode({ codeDir: settings.codeDir, target, script: settings.script, leaveOut });
  return { folder: basename(target), script: relative(settings.codeDir, settings.script), ...snapshot };
}

/** Whether the files of the job's model view are no longer those that the job began with: a hard link shows what is written into the original. */
export function mayHaveChanged(folder: string, { model }: JobRequest): boolean {
  if (model === null) return false;
  const now = measureModel(join(jobPaths(folder).model, model.name));
  return now === null || now.files !== model.files || now.bytes !== model.bytes || now.newestMs !== model.newestMs;
}
