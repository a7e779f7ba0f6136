/**
 * The fields of the YAML files, declared once: what is read, which words a mistake is answered with, the reference pages and the JSON Schemas for editors all
 * follow from these declarations. The words of the messages are Azure's, since people search for them.
 */

import { describeNearest } from "../suggest.ts";
import type { YamlMap, YamlPosition, YamlValue } from "../yaml.ts";

/** Something wrong in a file. */
export interface FileProblem {
  /** Keys from the top to where it is; numbers for places in lists. */
  readonly path: readonly (string | number)[];
  /** Azure's words, for example `Not a valid integer.` */
  readonly message: string;
  readonly at: YamlPosition;
  /** What is allowed, or what was probably meant. */
  readonly hint: string | null;
}

/** Where a value stands, and where problems go. */
export interface FieldPlace {
  readonly path: readonly (string | number)[];
  readonly problems: FileProblem[];
}

export interface Field<T> {
  /** What kind of value, for the reference: "text", "whole number" … */
  readonly kind: string;
  readonly help: string;
  readonly required?: true;
  /** Shown as the default. */
  readonly defaultText?: string;
  /** The words that are allowed, when only some are. */
  readonly words?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  /** Fields of a map. */
  readonly fields?: FieldTable;
  /** What a list or free map holds. */
  readonly items?: Field<unknown>;
  /** The other forms that are taken beside this one. */
  readonly alternatives?: readonly Field<unknown>[];
  /** Accepted so that what `show` printed can be fed back, and not read. */
  readonly readOnly?: true;
  /** The value, or undefined after having reported a problem. */
  read(value: YamlValue, place: FieldPlace): T | undefined;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** What a table of fields reads: null for what is absent. */
export type ReadTable<T extends FieldTable> = {
  readonly [K in keyof T]: T[K] extends Field<infer V>
    ? T[K] extends { readonly required: true }
      ? V
      : V | null
    : never;
};

/** Notes a problem; undefined, so that `return report(…)` is all a field does about it. */
export function report(place: FieldPlace, at: YamlPosition, message: string, hint: string | null = null): undefined {
  place.problems.push({ path: place.path, message, at, hint });
  return undefined;
}

export function below(place: FieldPlace, step: string | number): FieldPlace {
  return { path: [...place.path, step], problems: place.problems };
}

/** The same field, and it has to be there. */
export function required<T>(field: Field<T>): Field<T> & { readonly required: true } {
  return { ...field, required: true };
}

/** What is worth naming to somebody who mistyped a key. */
function listWritable(fields: FieldTable): string[] {
  return Object.keys(fields).filter((key) => key !== "$schema" && fields[key]?.readOnly !== true);
}

/** Reads the keys of a map, and reports those that are unknown or missing. `key:` without a value is as good as absent. */
export function readFields<T extends FieldTable>(map: YamlMap, fields: T, place: FieldPlace): ReadTable<T> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) result[key] = null;
  for (const [key, entry] of map.entries) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) {
      report(below(place, key), entry.at, "Unknown field.", describeNearest(key, listWritable(fields)));
      continue;
    }
    if (entry.value.kind === "scalar" && entry.value.value === null) continue;
    result[key] = field.read(entry.value, below(place, key)) ?? null;
  }
  for (const [key, field] of Object.entries(fields)) {
    const entry = map.entries.get(key);
    const isAbsent = entry === undefined || (entry.value.kind === "scalar" && entry.value.value === null);
    if (field.required === true && isAbsent) {
      report(below(place, key), entry?.at ?? map, "Missing data for required field.");
    }
  }
  return result as ReadTable<T>;
}
