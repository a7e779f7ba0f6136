import { jobSettingTable } from "./job-setting-table.ts";
import { declare, type Setting } from "./setting.ts";
import { choice, path, toggle } from "./setting-kinds.ts";

export const progressModes = ["auto", "live", "plain", "json", "none"] as const;

export type ProgressMode = (typeof progressModes)[number];

/** Settings of the command itself; they are no part of a job. */
export const commandSettingTable = {
  file: declare({
    flag: "--file",
    short: "-f",
    fileKey: null,
    kind: path("DEPLOYMENT.yml"),
    default: null,
    help: "Take everything from an Azure ML batch deployment file; options given override it.",
    group: "What to score",
    resume: false,
  }),
  home: declare({
    flag: "--home",
    fileKey: null,
    env: "BATCHWISE_HOME",
    kind: path("DIR"),
    defaultText: "~/.batchwise",
    help: "Folder with jobs and environments.",
    group: "Job and display",
    resume: true,
  }),
  progress: declare({
    flag: "--progress",
    fileKey: null,
    env: "BATCHWISE_PROGRESS",
    kind: choice(progressModes),
    default: "auto",
    help: "How to show progress on stderr; auto is live on a terminal and plain elsewhere.",
    group: "Job and display",
    resume: true,
  }),
  dryRun: declare({
    flag: "--dry-run",
    fileKey: null,
    kind: toggle(),
    default: false,
    help: "Check everything, list what would be done, run nothing.",
    group: "Job and display",
    resume: false,
  }),
} as const satisfies Record<string, Setting<unknown>>;

/** All settings, job's and command's. */
export const settingTable = { ...jobSettingTable, ...commandSettingTable } as const;

export type SettingName = keyof typeof settingTable;

export const settingNames = Object.keys(settingTable) as readonly SettingName[];

/** A setting by its name, with the type of its value set aside. */
export function settingOf(name: SettingName): Setting<unknown> {
  return settingTable[name];
}
