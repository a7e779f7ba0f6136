import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { BatchwiseError, type ErrorCode } from "../errors.ts";
import { findCostlyPlace } from "./yaml-cost.ts";

/** What a file may have. A deployment file has about a hundredth of it. */
export const yamlLimits = { bytes: 256 * 1024, depth: 64, values: 20_000 } as const;

export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** A value in a YAML file that still knows where it stands. */
export type YamlValue = YamlMap | YamlList | YamlScalar;

export interface YamlMap extends YamlPosition {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  /** Where the key stands. */
  readonly at: YamlPosition;
  readonly value: YamlValue;
}

export interface YamlList extends YamlPosition {
  readonly kind: "list";
  readonly items: readonly YamlValue[];
}

export interface YamlScalar extends YamlPosition {
  readonly kind: "scalar";
  /** As YAML 1.1 has it, which is what Azure ML reads: `no` is false, `010` is 8. Dates are text. */
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes: what to take where text is wanted, so that `no` and `1.10` stay what they look like. */
  readonly text: string;
}

/** A file of one YAML document, with the means to say where in it something is wrong. */
export interface YamlFile {
  readonly path: string;
  readonly root: YamlValue;
  /** `deployment.yml:12:3` */
  place(at: YamlPosition): string;
  /** An error at a place of the file. */
  refuse(code: ErrorCode, at: YamlPosition, message: string, hint?: string): BatchwiseError;
}

/** Reads a YAML file. Throws `yaml_invalid` with line and column, or `file_unreadable`; within about 100 ms and 50 MB, whatever is in the file. */
export function readYamlFile(path: string): YamlFile {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > yamlLimits.bytes) {
      throw new BatchwiseError(
        "yaml_invalid",
        `${path} has ${size} bytes, and a YAML file may have ${yamlLimits.bytes}`,
        {
          hint: "is this the file that you meant?",
        },
      );
    }
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof BatchwiseError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BatchwiseError("file_unreadable", `cannot read ${path}: ${reason}`, { cause });
  }
  return parseYaml(decodeText(bytes, path), path);
}

function decodeText(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BatchwiseError("yaml_invalid", `${path} is not UTF-8 text`, { cause });
  }
}

/** Reads YAML text; `path` is for messages. */
export function parseYaml(text: string, path: string): YamlFile {
  const place = ({ line, column }: YamlPosition) => `${basename(path)}:${line}:${column}`;
  const refuse: YamlFile["refuse"] = (code, at, message, hint) =>
    new BatchwiseError(code, `${place(at)}: ${message}`, hint === undefined ? {} : { hint });
  const costly = findCostlyPlace(text, yamlLimits.depth);
  if (costly !== null) throw refuse("yaml_invalid", costly, costly.problem);
  const lineCounter = new LineCounter();
  const locate = (offset: number): YamlPosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // Duplicate keys are found below: the library would compare each key with each other one.
  const document = parseDocument(text, {
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter,
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) throw refuse("yaml_invalid", locate(problem.pos[0]), explainProblem(problem));
  const root = new Converter(locate, refuse).convert(document.contents, 0);
  return { path, root, place, refuse };
}

function explainProblem({ code, message }: { code: string; message: string }): string {
  if (code === "MULTIPLE_DOCS") return "a second YAML document begins, and one is wanted";
  if (code === "TAB_AS_INDENT") return "a tab is used for indentation; YAML wants spaces";
  if (code === "TAG_RESOLVE_FAILED") return `${message.split(" at line")[0]}; tags are not supported`;
  return message.split("\n", 1)[0] as string;
}

/** Turns the library's nodes into plain values, in the order of the text, and refuses what is not plain. */
class Converter {
  readonly #locate: (offset: number) => YamlPosition;
  readonly #refuse: YamlFile["refuse"];
  /** Values by anchor; an alias shares the value, so that nothing is ever multiplied. */
  readonly #anchors = new Map<string, YamlValue>();
  /** How many values each value would be if aliases were written out. */
  readonly #weights = new Map<YamlValue, number>();

  constructor(locate: (offset: number) => YamlPosition, refuse: YamlFile["refuse"]) {
    this.#locate = locate;
    this.#refuse = refuse;
  }

  convert(node: unknown, depth: number): YamlValue {
    const at = this.#positionOf(node);
    if (depth > yamlLimits.depth) throw this.#refuse("yaml_invalid", at, `more than ${yamlLimits.depth} levels`);
    if (isAlias(node)) {
      const value = this.#anchors.get(node.source);
      if (value === undefined)
        throw this.#refuse("yaml_invalid", at, `*${node.source} refers to nothing that stands before it`);
      return value;
    }
    const value = this.#convertNew(node, at, depth);
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
      this.#anchors.set(node.anchor, value);
    return value;
  }

  #convertNew(node: unknown, at: YamlPosition, depth: number): YamlValue {
    if (isMap(node)) return this.#convertMap(node, at, depth);
    if (isSeq(node)) return this.#convertList(node, at, depth);
    if (isScalar(node)) return this.#convertScalar(node, at);
    return { kind: "scalar", value: null, text: "", ...at };
  }

  #convertList(node: YAMLSeq, at: YamlPosition, depth: number): YamlList {
    const items = node.items.map((item) => this.convert(item, depth + 1));
    return this.#weigh({ kind: "list", items, ...at }, items);
  }

  #convertMap(node: YAMLMap, at: YamlPosition, depth: number): YamlMap {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlValue[] = [];
    for (const { key, value } of node.items as Pair[]) {
      const keyAt = this.#positionOf(key);
      const converted = this.convert(value, depth + 1);
      if (isScalar(key) && typeof key.value === "symbol") {
        merged.push(...(converted.kind === "list" ? converted.items : [converted]));
        continue;
      }
      if (!isScalar(key) || key.value === null) throw this.#refuse("yaml_invalid", keyAt, "a key has to be text");
      const name = textOf(key);
      const first = entries.get(name);
      if (first !== undefined) {
        throw this.#refuse(
          "yaml_invalid",
          keyAt,
          `the key ${JSON.stringify(name)} stands here a second time; it stands in line ${first.at.line} too`,
        );
      }
      entries.set(name, { at: keyAt, value: converted });
    }
    for (const value of merged) {
      if (value.kind !== "map") throw this.#refuse("yaml_invalid", value, "<< wants a map");
      for (const [name, entry] of value.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return this.#weigh(
      { kind: "map", entries, ...at },
      [...entries.values()].map((entry) => entry.value),
    );
  }

  #convertScalar(node: Scalar, at: YamlPosition): YamlScalar {
    const { value } = node;
    const text = textOf(node);
    if (value instanceof Uint8Array) throw this.#refuse("yaml_invalid", at, "binary values are not supported");
    const isPlain =
      value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { kind: "scalar", value: isPlain ? value : text, text, ...at };
  }

  #weigh<T extends YamlValue>(value: T, parts: readonly YamlValue[]): T {
    const weight = parts.reduce((sum, part) => sum + (this.#weights.get(part) ?? 1), 1);
    if (weight > yamlLimits.values)
      throw this.#refuse("yaml_invalid", value, `more than ${yamlLimits.values} values, aliases written out`);
    this.#weights.set(value, weight);
    return value;
  }

  #positionOf(node: unknown): YamlPosition {
    const range =
      typeof node === "object" && node !== null && "range" in node ? (node.range as [number] | null | undefined) : null;
    return this.#locate(range?.[0] ?? 0);
  }
}

/** The text as written, for plain scalars; what it says, for quoted ones. */
function textOf(node: Scalar): string {
  return typeof node.value === "string" ? node.value : (node.source ?? "");
}

/** What a value is without positions, scalars as YAML 1.1 has them. Maps have no prototype. */
export function toPlain(value: YamlValue): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "list") return value.items.map(toPlain);
  const plain: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of value.entries) plain[name] = toPlain(entry.value);
  return plain;
}
