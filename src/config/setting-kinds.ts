import { homedir } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { BatchwiseError } from "../errors.ts";

/** Where a value was written: how messages name it, and the folder that relative paths are relative to. */
export interface SettingPlace {
  /** For example `--workers`, or `max_concurrency_per_instance (deployment.yml:12:3)`. */
  readonly label: string;
  readonly baseDir: string;
}

/** How a setting is read. `parse` takes text (flags, environment) or what YAML gave, and throws a BatchwiseError that names place, value and range. */
export interface SettingKind<T> {
  /** Stands for the value in the help; null for a switch. */
  readonly placeholder: string | null;
  readonly repeatable: boolean;
  /** What is allowed, for help and docs; null when anything is. */
  readonly allowed: string | null;
  parse(raw: unknown, place: SettingPlace): T;
}

/** The error for a value that a setting does not take. */
export function refuseValue(place: SettingPlace, raw: unknown, wanted: string, hint?: string): BatchwiseError {
  const shown = typeof raw === "string" ? JSON.stringify(raw) : describeRaw(raw);
  return new BatchwiseError(
    "invalid_value",
    `${place.label}: ${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown} is not allowed; wanted: ${wanted}`,
    hint === undefined ? {} : { hint },
  );
}

function describeRaw(raw: unknown): string {
  if (raw === null || raw === undefined) return "nothing";
  if (Array.isArray(raw)) return "a list";
  return typeof raw === "object" ? "a map" : String(raw);
}

/** A number as text or as YAML has it; null for anything else (`0x10`, `1e3` and units are not taken). */
function readNumber(raw: unknown): number | null {
  if (typeof raw === "number") return raw;
  if (typeof raw !== "string" || !/^[+-]?\d+(\.\d+)?$/.test(raw.trim())) return null;
  return Number(raw);
}

/** A whole number. YAML's `1.9` is read as 1, as Azure ML does; on the command line it is refused. */
export function integer(options: { min: number; max: number; placeholder?: string }): SettingKind<number> {
  const allowed = `a whole number from ${options.min} to ${options.max}`;
  return {
    placeholder: options.placeholder ?? "N",
    repeatable: false,
    allowed,
    parse(raw, place) {
      const read = readNumber(raw);
      if (read === null || (typeof raw === "string" && !Number.isInteger(read))) throw refuseValue(place, raw, allowed);
      const value = Math.trunc(read);
      if (!(value >= options.min && value <= options.max)) throw refuseValue(place, raw, allowed);
      return value;
    },
  };
}

/** Seconds, kept as milliseconds. */
export function seconds(options: { min: number; max: number }): SettingKind<number> {
  const allowed = `seconds from ${options.min} to ${options.max}`;
  return {
    placeholder: "SECONDS",
    repeatable: false,
    allowed,
    parse(raw, place) {
      const read = readNumber(raw);
      if (read === null) throw refuseValue(place, raw, allowed, "give plain seconds without a unit, for example 30");
      if (!(read >= options.min && read <= options.max)) throw refuseValue(place, raw, allowed);
      return Math.round(read * 1000);
    },
  };
}

/** Seconds, kept as milliseconds, or the word `auto`. */
export function secondsOrAuto(options: { min: number; max: number }): SettingKind<number | "auto"> {
  const plain = seconds(options);
  return {
    ...plain,
    placeholder: "SECONDS|auto",
    allowed: `${plain.allowed}, or auto`,
    parse: (raw, place) => (typeof raw === "string" && raw.toLowerCase() === "auto" ? "auto" : plain.parse(raw, place)),
  };
}

const sizeUnits: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size: plain bytes, or with a unit (`512M`, `1.5 GiB`, `2gb`), always in powers of 1024. */
export function size(options: { min: number }): SettingKind<number> {
  const allowed = `a size of at least ${options.min} bytes, for example 512M or 2GiB`;
  return {
    placeholder: "SIZE",
    repeatable: false,
    allowed,
    parse(raw, place) {
      const written = typeof raw === "number" ? String(raw) : typeof raw === "string" ? raw.trim() : "";
      const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(written);
      const value = match === null ? Number.NaN : Math.floor(Number(match[1]) * sizeUnits[match[2]!.toLowerCase()]!);
      if (!(value >= options.min && Number.isSafeInteger(value))) throw refuseValue(place, raw, allowed);
      return value;
    },
  };
}

/** One of a few words, in any case. */
export function choice<const T extends string>(words: readonly T[]): SettingKind<T> {
  const allowed = words.join(", ");
  return {
    placeholder: words.join("|"),
    repeatable: false,
    allowed,
    parse(raw, place) {
      const word = typeof raw === "string" ? raw.toLowerCase() : raw;
      const found = words.find((each) => each === word);
      if (found === undefined) throw refuseValue(place, raw, `one of ${allowed}`);
      return found;
    },
  };
}

/** On or off. A flag stands alone; in a file it is true or false. */
export function toggle(): SettingKind<boolean> {
  return {
    placeholder: null,
    repeatable: false,
    allowed: "true or false",
    parse(raw, place) {
      if (typeof raw === "boolean") return raw;
      const word = typeof raw === "string" ? raw.toLowerCase() : "";
      if (["true", "yes", "on", "1"].includes(word)) return true;
      if (["false", "no", "off", "0"].includes(word)) return false;
      throw refuseValue(place, raw, "true or false");
    },
  };
}

/** A path, made absolute. `~/` is not expanded (the shell does that), as in Azure ML's files. */
export function path(placeholder: string): SettingKind<string> {
  return {
    placeholder,
    repeatable: false,
    allowed: null,
    parse: (raw, place) => readPath(raw, place),
  };
}

/** Text that `check` accepts; `wanted` says what that is. */
export function text(options: {
  placeholder: string;
  wanted: string;
  check: (value: string) => boolean;
}): SettingKind<string> {
  return {
    placeholder: options.placeholder,
    repeatable: false,
    allowed: options.wanted,
    parse(raw, place) {
      if (typeof raw !== "string" || !options.check(raw)) throw refuseValue(place, raw, options.wanted);
      return raw;
    },
  };
}

/** Globs, given any number of times. */
export function globs(): SettingKind<readonly string[]> {
  return {
    placeholder: "GLOB",
    repeatable: true,
    allowed: null,
    parse: (raw, place) => readList(raw).map((each) => readText(each, place, "a glob")),
  };
}

/** Folders, files, globs and `@list.txt`, made absolute, given any number of times. */
export function inputs(): SettingKind<readonly string[]> {
  return {
    placeholder: "PATH",
    repeatable: true,
    allowed: null,
    parse: (raw, place) =>
      readList(raw).map((each) => {
        const written = readText(each, place, "a folder, a file, a glob or @list.txt");
        return written.startsWith("@") ? `@${readPath(written.slice(1), place)}` : readPath(written, place);
      }),
  };
}

/** `NAME=VALUE`, given any number of times; in a file a map. The last one of a name wins. */
export function variables(): SettingKind<Readonly<Record<string, string>>> {
  const wanted = "NAME=VALUE with a name of letters, digits and _";
  return {
    placeholder: "NAME=VALUE",
    repeatable: true,
    allowed: null,
    parse(raw, place) {
      const entries: [string, unknown][] =
        typeof raw === "object" && raw !== null && !Array.isArray(raw)
          ? Object.entries(raw)
          : readList(raw).map((each) => splitVariable(each, place, wanted));
      for (const [name, value] of entries) {
        const right = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof value === "string" && !value.includes("\0");
        if (!right) throw refuseValue(place, `${name}=${String(value)}`, wanted);
      }
      return Object.freeze(Object.fromEntries(entries) as Record<string, string>);
    },
  };
}

function splitVariable(raw: unknown, place: SettingPlace, wanted: string): [string, string] {
  const written = readText(raw, place, wanted);
  const at = written.indexOf("=");
  if (at < 1) throw refuseValue(place, written, wanted);
  return [written.slice(0, at), written.slice(at + 1)];
}

function readList(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [raw];
}

function readText(raw: unknown, place: SettingPlace, wanted: string): string {
  if (typeof raw !== "string" || raw === "" || raw.includes("\0")) throw refuseValue(place, raw, wanted);
  return raw;
}

function readPath(raw: unknown, place: SettingPlace): string {
  const written = readText(raw, place, "a path");
  return isAbsolute(written) ? resolve(written) : resolve(place.baseDir, written);
}

/** Folder of Batchwise when neither `--home` nor `BATCHWISE_HOME` names one. */
export function defaultHome(): string {
  return resolve(homedir(), ".batchwise");
}
