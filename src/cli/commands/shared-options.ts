/** Options that several commands have, each declared once. */

import type { SetValue, YamlSource } from "../../config/files/source.ts";
import { type OptionSpec, requiredText, text, toggle, wordGroups, words } from "../az/command.ts";
import type { GenericChanges } from "../az/generic-update.ts";

export const fileOption = text(["--file", "-f"], "YAML file.", { placeholder: "FILE", completes: "file" });

export const requiredFileOption = requiredText(["--file", "-f"], "YAML file.", {
  placeholder: "FILE",
  completes: "file",
});

export const setOption = words(
  ["--set"],
  "Put values into the file before it is read: KEY=VALUE with dots between the levels of KEY.",
  { placeholder: "KEY=VALUE" },
);

export const noWaitOption = toggle(["--no-wait"], "Print nothing; what is to be done is done, or goes on by itself.");

export const yesOption = toggle(["--yes", "-y"], "Do not ask.");

export const endpointNameOption = requiredText(["--endpoint-name", "-e"], "Name of the endpoint.", {
  placeholder: "NAME",
  completes: "endpoint",
});

/** `--set`, `--add`, `--remove`, `--force-string` of the update verbs. */
export const updateOptions = {
  set: words(["--set"], "Change a value: KEY=VALUE; VALUE is JSON where it can be read so.", {
    placeholder: "KEY=VALUE",
  }),
  add: wordGroups(["--add"], "Add to a list: LIST VALUE …; words KEY=VALUE become one object.", {
    placeholder: "LIST VALUE",
  }),
  remove: wordGroups(["--remove"], "Remove a key, or a place of a list: KEY, or LIST PLACE.", { placeholder: "KEY" }),
  forceString: toggle(["--force-string"], "Keep the values of --set and --add as text."),
} as const;

export const listOptions = {
  maxResults: text(["--max-results", "-r"], "Most rows to list.", { placeholder: "N" }),
  includeArchived: toggle(["--include-archived"], "Archived ones too."),
  archivedOnly: toggle(["--archived-only"], "Only archived ones."),
} as const;

export const versionOptions = {
  version: text(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
  label: text(["--label", "-l"], "Label: latest.", { placeholder: "LABEL" }),
} as const;

type UpdateValues = {
  readonly [Key in keyof typeof updateOptions]: (typeof updateOptions)[Key] extends OptionSpec<infer T> ? T : never;
};

export function readChanges(values: UpdateValues): GenericChanges {
  return { set: values.set, add: values.add, remove: values.remove, forceString: values.forceString };
}

/** A file, or nothing: then paths are relative to the working directory. */
export function sourceOf(file: string | null): YamlSource {
  return file === null ? { value: {}, baseDir: process.cwd() } : { path: file };
}

/** Flags with a name of their own, put into the file after `--set`; those that are not given change nothing. */
export function setFlags(
  flags: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>> = {},
): SetValue[] {
  return Object.entries(flags)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([path, value]) => ({
      path: path.split("."),
      value,
      label: names[path] ?? `--${path.split(".").at(-1)?.replaceAll("_", "-")}`,
    }));
}
