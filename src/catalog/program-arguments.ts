import { BatchwiseError } from "../errors.ts";

/** Arguments of Azure's own runner, which it takes for itself and never passes on. */
const runnerArguments = [
  "error_threshold",
  "allowed_failed_percent",
  "task_overhead_timeout",
  "progress_update_timeout",
  "first_task_creation_timeout",
  "copy_logs_to_parent",
  "metrics_name_prefix",
  "push_metrics_to_parent",
  "resource_monitor_interval",
] as const;

export interface FilledArguments {
  /** What the script gets. */
  readonly words: readonly string[];
  /** `--error_threshold`, when it stands among them. */
  readonly errorThreshold: number | null;
}

/** The value of `${{inputs.x}}` or `${{outputs.x}}`; null when it is not set. */
export type FindValue = (kind: "inputs" | "outputs", name: string) => string | null;

/**
 * Fills the `program_arguments` of a parallel step and splits them as a shell would: quotes hold words together, nothing is expanded. `$[[…]]` vanishes when
 * an input in it is not set; outside of it that is refused. A value is one word or part of one, whatever characters are in it.
 *
 * @example fillArguments("--model ${{inputs.model}} $[[--label ${{inputs.label}}]]", (_, name) => (name === "model" ? "a b" : null)).words // ["--model", "a b"]
 */
export function fillArguments(text: string, find: FindValue): FilledArguments {
  const words = splitWords(dropUnset(text, find)).map((word) =>
    word.replace(placeholder, (_, kind, name) => need(find, kind, name)),
  );
  return takeRunnerArguments(words);
}

const placeholder = /\$\{\{\s*(inputs|outputs)\.([\w.-]+)\s*\}\}/g;

function need(find: FindValue, kind: "inputs" | "outputs", name: string): string {
  const value = find(kind, name);
  if (value !== null) return value;
  throw new BatchwiseError("reference_invalid", `${kind}.${name} has no value`);
}

function dropUnset(text: string, find: FindValue): string {
  return text.replace(/\$\[\[(.*?)\]\]/gs, (_, inner: string) => {
    const isSet = [...inner.matchAll(placeholder)].every(
      ([, kind, name]) => find(kind as "inputs", name ?? "") !== null,
    );
    return isSet ? inner : "";
  });
}

/** Words of a line with quotes. A placeholder is part of its word, blanks in it do not matter. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const [part] of text.matchAll(/\$\{\{.*?\}\}|"(?:\\.|[^"\\])*"|'[^']*'|\\.|\s+|[^\s"'\\$]+|./gs)) {
    if (/^\s+$/.test(part)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word = (word ?? "") + unquote(part);
  }
  if (word !== null) words.push(word);
  return words;
}

function unquote(part: string): string {
  if (part.startsWith('"') && part.length > 1) return part.slice(1, -1).replace(/\\(["\\])/g, "$1");
  if (part.startsWith("'") && part.length > 1) return part.slice(1, -1);
  return part.startsWith("\\") && part.length === 2 ? part.slice(1) : part;
}

function takeRunnerArguments(words: readonly string[]): FilledArguments {
  const kept: string[] = [];
  let errorThreshold: number | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const match = /^--(\w+)(?:=(.*))?$/s.exec(word);
    const name = runnerArgumentOf(match?.[1] ?? "");
    if (match === null || name === null) {
      kept.push(word);
      continue;
    }
    const value = match[2] ?? words[++at] ?? "";
    if (name === "error_threshold" && /^-?\d+$/.test(value)) errorThreshold = Number(value);
  }
  return { words: kept, errorThreshold };
}

/** Azure's parser takes a name that is cut short (a public sample writes `--resource_monitor_interva`); here only one that is nearly whole. */
function runnerArgumentOf(written: string): string | null {
  return runnerArguments.find((name) => name.startsWith(written) && written.length > name.length - 4) ?? null;
}
