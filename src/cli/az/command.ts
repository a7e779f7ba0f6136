/**
 * How a command is declared: name, options, help, examples and what it does, in one place. Reading the command line, `--help`, completion and the reference
 * page all follow from it. What a command loads to do its work it imports inside `run`, so that a start costs only what is used.
 */

import type { TextStream } from "../terminal.ts";
import type { Call } from "./call.ts";

/** One option. `T` is what `run` gets for it. */
export interface OptionSpec<T> {
  /** `--endpoint-name`, `-e`; the first long name is the one that messages use. */
  readonly names: readonly [`--${string}`, ...`-${string}`[]];
  /** Names that scripts of other years use: understood when written in full, not shown. */
  readonly oldNames?: readonly `--${string}`[];
  /** `value`: takes a word; `switch`: takes none; `words`: takes words up to the next option, and collects; `toggle`: may take true or false. */
  readonly takes: "value" | "switch" | "words" | "toggle";
  /** Stands for the value in the help. */
  readonly placeholder?: string;
  /** Allowed words, in any case. */
  readonly choices?: readonly string[];
  readonly required: boolean;
  /** One sentence. */
  readonly help: string;
  /** Understood, and left out of help and completion. */
  readonly hidden?: boolean;
  /** What names the shell may offer for the value. */
  readonly completes?: Completion;
  /** Makes the value from what was written: all words, and the words of each use. Absent options are not handed to it. */
  readonly parse: (words: readonly string[], uses: readonly (readonly string[])[]) => T;
  /** The value when the option is absent. */
  readonly absent: T;
}

export type Completion =
  | "endpoint"
  | "deployment"
  | "job"
  | "model"
  | "data"
  | "environment"
  | "compute"
  | "datastore"
  | "file"
  | "folder";

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

/** Values of a command's options by the keys of its table. */
export type OptionValues<O extends OptionTable> = {
  readonly [Key in keyof O]: O[Key] extends OptionSpec<infer T> ? T : never;
};

export interface CommandSpec<O extends OptionTable> {
  /** One line. */
  readonly summary: string;
  /** More, for `--help` and the reference page. */
  readonly description?: string;
  readonly options: O;
  /** Words that are no options; none when absent. */
  readonly operands?: { readonly name: string; readonly min: number; readonly max: number; readonly help: string };
  readonly examples: readonly string[];
  /** Whether words and options that are not declared are let pass: for commands of Azure that have nothing to do here. */
  readonly isLenient?: true;
  /** Columns of `-o table` in their order, from one element of the result; without it the columns follow from the keys. */
  readonly table?: (row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** What is printed for people, when neither -o nor --query asks for anything: for commands of ours that no script of Azure's reads. */
  readonly text?: (result: unknown, stream: TextStream) => string;
  /** Does the work and returns what is printed; null and undefined print nothing. */
  run(values: OptionValues<O>, call: Call): Promise<unknown>;
}

/** A command with its types set aside, as tables hold it. */
export type Command = CommandSpec<OptionTable>;

export interface CommandGroup {
  readonly summary: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/** Keeps the types of the options inside `run`. */
export function defineCommand<const O extends OptionTable>(spec: CommandSpec<O>): Command {
  return spec as unknown as Command;
}

type Names = OptionSpec<unknown>["names"];
type Extra = Partial<Pick<OptionSpec<unknown>, "oldNames" | "choices" | "hidden" | "completes" | "placeholder">>;

/** An option with one value that may be absent. */
export function text(names: Names, help: string, extra: Extra = {}): OptionSpec<string | null> {
  return { names, takes: "value", required: false, help, ...extra, parse: takeLast, absent: null };
}

/** An option with one value that has to be there. */
export function requiredText(names: Names, help: string, extra: Extra = {}): OptionSpec<string> {
  return { names, takes: "value", required: true, help, ...extra, parse: takeLast, absent: "" };
}

/** An option without a value. */
export function toggle(names: Names, help: string, extra: Extra = {}): OptionSpec<boolean> {
  return { names, takes: "switch", required: false, help, ...extra, parse: () => true, absent: false };
}

/** A whole number. */
export function number(names: Names, help: string, extra: Extra = {}): OptionSpec<number | null> {
  return {
    names,
    takes: "value",
    required: false,
    help,
    placeholder: "N",
    ...extra,
    parse: (words) => {
      const word = takeLast(words);
      if (!/^[+-]?\d{1,15}$/.test(word)) throw new InvalidOption(`invalid int value: '${word}'`);
      return Number(word);
    },
    absent: null,
  };
}

/** An option that takes words up to the next option, and collects them when it is given again. */
export function words(names: Names, help: string, extra: Extra = {}): OptionSpec<readonly string[]> {
  return { names, takes: "words", required: false, help, ...extra, parse: (all) => all, absent: [] };
}

/** Like `words`, with the words of each use kept apart. */
export function wordGroups(names: Names, help: string, extra: Extra = {}): OptionSpec<readonly (readonly string[])[]> {
  return { names, takes: "words", required: false, help, ...extra, parse: (_, uses) => uses, absent: [] };
}

/** What `parse` of an option throws; the reader of the command line puts the option's name before it. */
export class InvalidOption extends Error {}

function takeLast(all: readonly string[]): string {
  return all.at(-1) as string;
}
