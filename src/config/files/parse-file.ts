import { BatchwiseError } from "../../errors.ts";
import type { YamlMap, YamlPosition, YamlValue } from "../yaml.ts";
import { type FieldPlace, type FieldTable, type FileProblem, type ReadTable, readFields, report } from "./field.ts";
import { type ErrorStyle, makeFileError } from "./file-error.ts";
import { readSource, type SetValue, type SourceContent, type YamlSource } from "./source.ts";

/** A kind of file: its fields, and how its mistakes are told. */
export interface FileSchema<T extends FieldTable> {
  /** Azure's name of it, which its messages begin with. */
  readonly name: string;
  /** For the reference: what the file describes. */
  readonly title: string;
  readonly style: ErrorStyle;
  readonly fields: T;
  /** What no single field can tell. */
  check?(value: ReadTable<T>, root: YamlMap, place: FieldPlace): void;
}

/** What a file says, and where. */
export interface ParsedFile<V> {
  readonly value: V;
  /** What paths in it are relative to. */
  readonly baseDir: string;
  /** `deployment.yml:12:3` for a key, null when it is not in the file. */
  placeOf(...path: readonly string[]): string | null;
}

/** Reads and checks a file of one kind. Throws `file_invalid` with every mistake in it, `yaml_invalid` or `file_unreadable`. */
export function parseFile<T extends FieldTable>(
  source: YamlSource,
  sets: readonly SetValue[],
  schema: FileSchema<T>,
): ParsedFile<ReadTable<T>> {
  return parseContent(readSource(source, sets), schema);
}

/** Like `parseFile`, of what was read already. */
export function parseContent<T extends FieldTable>(
  content: SourceContent,
  schema: FileSchema<T>,
): ParsedFile<ReadTable<T>> {
  const { value, problems } = validateContent(content, schema);
  if (problems.length > 0 || value === null) throw makeFileError(schema.name, schema.style, problems, content);
  return {
    value,
    baseDir: content.baseDir,
    placeOf: (...path) => {
      const at = findKey(content.root, path);
      return at === null ? null : content.place(at);
    },
  };
}

/** The value as far as it could be read, and every problem. */
export function validateContent<T extends FieldTable>(
  content: SourceContent,
  schema: FileSchema<T>,
): { value: ReadTable<T> | null; problems: readonly FileProblem[] } {
  const problems: FileProblem[] = [];
  const place: FieldPlace = { path: [], problems };
  const { root } = content;
  if (root.kind !== "map") {
    report(place, root, "Invalid input type.");
    return { value: null, problems };
  }
  const value = readFields(root, schema.fields, place);
  schema.check?.(value, root, place);
  return { value, problems };
}

function findKey(value: YamlValue, path: readonly string[]): YamlPosition | null {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const entry = value.kind === "map" ? value.entries.get(step) : undefined;
  if (entry === undefined) return null;
  return rest.length === 0 ? entry.at : findKey(entry.value, rest);
}

/** An error about a value of a file that could be read but is not right; it begins with the place. */
export function refuseAt(
  file: Pick<ParsedFile<unknown>, "placeOf">,
  path: readonly string[],
  message: string,
  hint?: string,
): BatchwiseError {
  const place = file.placeOf(...path);
  return new BatchwiseError(
    "file_invalid",
    `${place === null ? "" : `${place}: `}${message}`,
    hint === undefined ? {} : { hint },
  );
}
