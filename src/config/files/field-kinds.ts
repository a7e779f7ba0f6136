/** The kinds of values that fields hold. */

import { toPlain, type YamlScalar, type YamlValue } from "../yaml.ts";
import { below, type Field, type FieldPlace, type FieldTable, type ReadTable, readFields, report } from "./field.ts";

interface TextOptions {
  readonly help: string;
  readonly defaultText?: string;
  /** Whether numbers and booleans are refused, as for names. */
  readonly strict?: boolean;
  readonly pattern?: RegExp;
  /** For a text that does not match the pattern, or that `check` answers with a message. */
  check?(text: string): string | null;
}

/** Text; a number or `no` is taken as it is written, unless `strict`. */
export function text({ help, defaultText, strict, pattern, check }: TextOptions): Field<string> {
  return {
    kind: "text",
    help,
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    read(value, place) {
      if (value.kind !== "scalar" || (strict === true && typeof value.value !== "string")) {
        const isNumber = value.kind === "scalar" && strict === true;
        return report(place, value, "Not a valid string.", isNumber ? "put it in quotes" : null);
      }
      if (value.text.includes("\0")) return report(place, value, "Not a valid string.");
      const problem =
        check?.(value.text) ??
        (pattern === undefined || pattern.test(value.text) ? null : "String does not match expected pattern.");
      return problem === null ? value.text : report(place, value, problem);
    },
  };
}

/** A version: a number is taken as Azure's client does (`1.10` becomes "1.1"). */
export function version(help: string): Field<string> {
  return {
    kind: "text",
    help,
    read(value, place) {
      if (value.kind !== "scalar" || typeof value.value === "boolean")
        return report(place, value, "Not a valid string.");
      const written = versionText(value);
      if (!/^[A-Za-z0-9][\w.:+-]{0,254}$/.test(written)) {
        return report(
          place,
          value,
          "String does not match expected pattern.",
          "letters, digits and . _ : + -, at most 255",
        );
      }
      return written;
    },
  };
}

function versionText({ value, text: written }: YamlScalar): string {
  if (typeof value !== "number") return String(value);
  // Python writes a whole float with ".0".
  return Number.isInteger(value) && /[.]/.test(written) ? `${value}.0` : String(value);
}

interface NumberOptions {
  readonly help: string;
  readonly min?: number;
  readonly max?: number;
  readonly defaultText?: string;
}

/** A whole number: `"10"` is 10, `1.9` is 1, as Azure ML's client reads them. */
export function integer({ help, min, max, defaultText }: NumberOptions): Field<number> {
  return {
    kind: "whole number",
    help,
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    read: (value, place) =>
      readRange(value, place, "Not a valid integer.", /^\s*[+-]?\d+\s*$/, Math.trunc, { min, max }),
  };
}

/** A number. */
export function number({ help, min, max, defaultText }: NumberOptions): Field<number> {
  return {
    kind: "number",
    help,
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    read: (value, place) =>
      readRange(value, place, "Not a valid number.", /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i, (read) => read, {
        min,
        max,
      }),
  };
}

function readRange(
  value: YamlValue,
  place: FieldPlace,
  message: string,
  form: RegExp,
  round: (value: number) => number,
  { min, max }: { readonly min: number | undefined; readonly max: number | undefined },
): number | undefined {
  const raw = value.kind === "scalar" ? value.value : null;
  const read = typeof raw === "number" ? raw : typeof raw === "string" && form.test(raw) ? Number(raw) : Number.NaN;
  if (!Number.isFinite(read)) return report(place, value, message);
  const rounded = round(read);
  if (min !== undefined && rounded < min) return report(place, value, `Must be greater than or equal to ${min}.`);
  if (max !== undefined && rounded > max) return report(place, value, `Must be less than or equal to ${max}.`);
  return rounded;
}

/** One of a few words; in any case, unless `exact`. */
export function choice<const W extends string>(
  words: readonly W[],
  options: { readonly help: string; readonly defaultText?: string; readonly exact?: boolean; readonly snake?: boolean },
): Field<W> {
  const normalize = (word: string) => {
    if (options.exact === true) return word;
    // "SystemAssigned" is taken for "system_assigned" where Azure's client does so.
    const snake = options.snake === true ? word.replace(/([a-z0-9])([A-Z])/g, "$1_$2") : word;
    return snake.toLowerCase();
  };
  return {
    kind: "word",
    help: options.help,
    words,
    ...(options.defaultText === undefined ? {} : { defaultText: options.defaultText }),
    read(value, place) {
      const written = value.kind === "scalar" ? value.text : "";
      const found = words.find((word) => word === normalize(written));
      if (found !== undefined) return found;
      return options.exact === true
        ? report(place, value, `Must be one of: ${words.join(", ")}.`)
        : report(
            place,
            value,
            `Value '${written}' passed is not in set [${words.map((word) => `'${word}'`).join(", ")}]`,
          );
    },
  };
}

/** True or false. */
export function toggle({
  help,
  defaultText,
}: {
  readonly help: string;
  readonly defaultText?: string;
}): Field<boolean> {
  return {
    kind: "true or false",
    help,
    ...(defaultText === undefined ? {} : { defaultText }),
    read(value, place) {
      const raw = value.kind === "scalar" ? value.value : null;
      if (typeof raw === "boolean") return raw;
      const word = String(raw).toLowerCase();
      if (["true", "yes", "on", "1"].includes(word)) return true;
      if (["false", "no", "off", "0"].includes(word)) return false;
      return report(place, value, "Not a valid boolean.");
    },
  };
}

/** Names and texts, as tags have them; values are taken as they are written. */
export function textMap(help: string): Field<Readonly<Record<string, string>>> {
  return {
    kind: "map of text",
    help,
    read(value, place) {
      if (value.kind !== "map") return report(place, value, "Not a valid mapping type.");
      const pairs: [string, string][] = [];
      for (const [key, entry] of value.entries) {
        if (entry.value.kind !== "scalar") report(below(place, key), entry.value, "Not a valid string.");
        else pairs.push([key, entry.value.text]);
      }
      return Object.fromEntries(pairs);
    },
  };
}

/** Any map, kept as it is. */
export function freeMap(help: string): Field<Readonly<Record<string, unknown>>> {
  return {
    kind: "map",
    help,
    read(value, place) {
      if (value.kind !== "map") return report(place, value, "Not a valid mapping type.");
      return toPlain(value) as Record<string, unknown>;
    },
  };
}

/** Anything, kept as it is. */
export function anything(help: string): Field<unknown> {
  return { kind: "anything", help, read: (value) => toPlain(value) };
}

/** A list. */
export function list<T>(items: Field<T>, help: string): Field<readonly T[]> {
  return {
    kind: "list",
    help,
    items,
    read(value, place) {
      if (value.kind !== "list") return report(place, value, "Not a valid list.");
      return value.items
        .map((item, index) => items.read(item, below(place, index)))
        .filter((item) => item !== undefined);
    },
  };
}

/** A map whose keys are free and whose values are all of one kind. */
export function mapOf<T>(items: Field<T>, help: string): Field<ReadonlyMap<string, T>> {
  return {
    kind: "map",
    help,
    items,
    read(value, place) {
      if (value.kind !== "map") return report(place, value, "Not a valid mapping type.");
      const found = new Map<string, T>();
      for (const [key, entry] of value.entries) {
        const item = items.read(entry.value, below(place, key));
        if (item !== undefined) found.set(key, item);
      }
      return found;
    },
  };
}

/** A map with known keys. */
export function object<const T extends FieldTable>(fields: T, help: string): Field<ReadTable<T>> {
  return {
    kind: "map",
    help,
    fields,
    read: (value, place) =>
      value.kind === "map" ? readFields(value, fields, place) : report(place, value, "Invalid input type."),
  };
}

/** Text in one form, a map in another: a reference or what it would refer to. */
export function either<A, B>(written: Field<A>, map: Field<B>, help: string): Field<A | B> {
  return {
    kind: `${written.kind} or ${map.kind}`,
    help,
    alternatives: [written, map],
    read: (value, place) => (value.kind === "scalar" ? written.read(value, place) : map.read(value, place)),
  };
}

/** Accepted and left aside: what `show` prints and only the system sets. */
export function readOnly(help = "Read-only; accepted and ignored."): Field<null> {
  return { kind: "anything", help, readOnly: true, read: () => null };
}

/** Accepted and left aside: only Azure has a use for it. */
export function ignored(help: string): Field<null> {
  return { kind: "anything", help: `${help} Accepted and left aside.`, read: () => null };
}
