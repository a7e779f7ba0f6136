/** What `batchwise check` finds, and the shape of a rule. */

export type Level = "error" | "warning";

/** Something that would go wrong, and where. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string;
  readonly level: Level;
  /** Absolute. */
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** What was found. */
  readonly message: string;
}

/** Files that show a rule, and the words after `batchwise check`. The line that is meant ends with `here`, a comment. */
export interface RuleExample {
  readonly files: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

/** One rule. Its page, its text in the terminal and its tests follow from this. */
export interface Rule {
  readonly id: string;
  /** `error`: a job would fail, or give wrong rows. `warning`: it may be meant, or cannot be known from here. */
  readonly level: Level;
  /** One sentence: what is wrong. */
  readonly title: string;
  /** What would happen in a job. */
  readonly why: string;
  readonly fix: string;
  /** What the rule finds. */
  readonly bad: RuleExample;
  /** What looks alike and is right. */
  readonly good: RuleExample;
}

/** Where a rule's page lies in the package. */
export function docsPageOf(rule: string): string {
  return `docs/reference/check-rules/${rule}.md`;
}

/** Code in a rule's example: the indentation of the first line goes away. */
export function code(text: string): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const indent = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  return `${lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length))).join("\n")}\n`;
}
