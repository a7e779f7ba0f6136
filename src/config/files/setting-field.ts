import { BatchwiseError } from "../../errors.ts";
import { jobSettingTable } from "../job-setting-table.ts";
import { type Field, report } from "./field.ts";

export type TableSettingName = keyof typeof jobSettingTable;

/** A field for a setting of the table, checked as the table says; the value is kept as it is written, for the merge with options to read again. */
export function settingField(name: TableSettingName): Field<string | number | boolean> {
  const {
    kind,
    help,
    defaultText,
    default: byDefault,
  } = jobSettingTable[name] as {
    kind: (typeof jobSettingTable)[TableSettingName]["kind"];
    help: string;
    defaultText?: string;
    default?: unknown;
  };
  // Durations are kept in milliseconds and given in seconds.
  const isDuration = typeof byDefault === "number" && kind.placeholder?.startsWith("SECONDS") === true;
  const written = isDuration ? byDefault / 1000 : byDefault;
  const shownDefault = defaultText ?? (written === undefined || written === null ? undefined : String(written));
  return {
    kind: kind.allowed ?? "text",
    help,
    ...(shownDefault === undefined ? {} : { defaultText: shownDefault }),
    read(value, place) {
      if (value.kind !== "scalar" || value.value === null)
        return report(place, value, "Not a valid value.", kind.allowed);
      const raw = kind.allowed === null ? value.text : value.value;
      try {
        kind.parse(raw, { label: "", baseDir: "/" });
        return raw;
      } catch (error) {
        if (!(error instanceof BatchwiseError)) throw error;
        const wanted = /wanted: (.*)$/s.exec(error.message)?.[1] ?? kind.allowed ?? "another value";
        return report(
          place,
          value,
          `Value '${value.text}' passed is not allowed; wanted: ${wanted}`,
          error.hint ?? null,
        );
      }
    },
  };
}

/** What a setting of the table says about itself, for a field with checks of its own. */
export function helpOf(name: TableSettingName): { readonly help: string } {
  return { help: jobSettingTable[name].help };
}
