import type { Setting } from "../../config/setting.ts";
import type { SettingLayer, WrittenValue } from "../../config/setting-layer.ts";
import { type SettingName, settingNames, settingOf } from "../../config/settings.ts";
import { defineCommand, type OptionSpec, toggle } from "../az/command.ts";
import { findJobName, jobNameOption } from "./job-view.ts";

/** Settings that a resumed job may have anew; those of the display are no part of a job in the background. */
const names = settingNames.filter((name) => settingOf(name).resume && !["home", "progress"].includes(name));

/** What an option of the settings table was given as: text, several texts, or on and off. */
type Given = string | readonly string[] | boolean | null;

function makeOption({ flag, short, kind, help }: Setting<unknown>): OptionSpec<Given> {
  const isSwitch = kind.placeholder === null;
  return {
    names: short === undefined ? [flag] : [flag, short],
    takes: isSwitch ? "switch" : kind.repeatable ? "words" : "value",
    required: false,
    help,
    ...(kind.placeholder === null ? {} : { placeholder: kind.placeholder }),
    parse: (given) => (isSwitch ? true : kind.repeatable ? given : (given.at(-1) as string)),
    absent: null,
  };
}

function makeOptions(): Record<string, OptionSpec<Given>> {
  const options: Record<string, OptionSpec<Given>> = {};
  for (const name of names) {
    const setting = settingOf(name);
    options[name] = makeOption(setting);
    if (!setting.negatable) continue;
    options[`no ${name}`] = makeOption({
      ...setting,
      flag: `--no-${setting.flag.slice(2)}`,
      help: `Turn ${setting.flag} off.`,
    });
  }
  return options;
}

export const resume = defineCommand({
  summary: "let a job go on that failed, was cancelled or lost its driver, with settings changed if wanted",
  description:
    "It goes on in the background; what was scored is not scored again. batchwise resume does the same in the foreground.",
  options: {
    name: jobNameOption,
    retryFailed: toggle(["--retry-failed"], "Also try the items again that were given up."),
    ...makeOptions(),
  },
  examples: ["batchwise job resume -n my-job", "batchwise job resume -n my-job --retry-failed --timeout 120"],
  run: async ({ name: written, retryFailed, ...settings }, call) => {
    const catalog = await call.openCatalog();
    const name = await findJobName(catalog, written);
    const { resumeJob } = await import("../../jobs/resume-job.ts");
    await resumeJob(catalog, name, { flags: readFlags(settings), retryFailed });
    const { loadJobView } = await import("./job-view.ts");
    const { presentJob } = await import("../../jobs/present-job.ts");
    return presentJob(await loadJobView(call, name));
  },
});

function readFlags(given: Readonly<Record<string, Given>>): SettingLayer {
  const layer = new Map<SettingName, WrittenValue>();
  for (const name of names) {
    const { flag } = settingOf(name);
    const raw = given[`no ${name}`] === true ? false : given[name];
    if (raw === null || raw === undefined) continue;
    layer.set(name, { raw, place: { label: flag, baseDir: process.cwd() } });
  }
  return layer;
}
