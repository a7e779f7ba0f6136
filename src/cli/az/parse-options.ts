/**
 * Reads the options of a command as `az` (Python's argparse) does: any unambiguous prefix of a long option, `--name v`, `--name=v`, `-n v`, `-nv`, `-n=v`; the
 * last one wins; options stand in any order, also after an option that takes several words.
 */

import { refuseUsage } from "./az-error.ts";
import { type Command, InvalidOption, type OptionSpec, type OptionTable } from "./command.ts";
import { globalOptions } from "./global-options.ts";

export interface ParsedOptions {
  /** Values by the keys of the command's table. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<keyof typeof globalOptions, unknown>>;
  /** Words that are no options. */
  readonly operands: readonly string[];
}

/** Throws an AzError with exit code 2 for wrong use. With `--help` among the words, nothing is required. */
export function parseOptions(args: readonly string[], command: Command): ParsedOptions {
  const known = new KnownOptions({ ...globalOptions, ...command.options });
  const { written, operands, unknown } = collectWords(args, known);
  const isHelp = written.has(globalOptions.help);
  if (!isHelp) refuseMissing(command, written, operands);
  const max = command.operands?.max ?? 0;
  const excess = command.isLenient === true ? [] : [...unknown, ...operands.slice(max)];
  if (!isHelp && excess.length > 0) throw refuseUsage(`unrecognized arguments: ${excess.join(" ")}`);
  return {
    values: readValues(command.options, written),
    globals: readValues(globalOptions, written) as ParsedOptions["globals"],
    operands,
  };
}

type Option = OptionSpec<unknown>;
/** The words of each use of an option. */
type Written = Map<Option, string[][]>;

/** What a word on the command line is: an option, perhaps with a value stuck to it; an option that nobody knows; or a plain word. */
type Word =
  | { readonly kind: "option"; readonly option: Option; readonly value: string | null }
  | { readonly kind: "unknown" }
  | { readonly kind: "plain" };

class KnownOptions {
  readonly #byName = new Map<string, Option>();
  /** Long names that prefixes are looked up among. */
  readonly #shown: readonly string[];

  constructor(table: OptionTable) {
    for (const option of Object.values(table)) {
      for (const name of [...option.names, ...(option.oldNames ?? [])]) this.#byName.set(name, option);
    }
    this.#shown = Object.values(table)
      .filter((option) => option.hidden !== true)
      .flatMap((option) => option.names.filter((name) => name.startsWith("--")));
  }

  /** Throws for a prefix of several options. */
  classify(word: string): Word {
    if (!word.startsWith("-") || word === "-") return { kind: "plain" };
    const exact = this.#byName.get(word);
    if (exact !== undefined) return { kind: "option", option: exact, value: null };
    if (/^-\d+(\.\d*)?$|^-\.\d+$/.test(word)) return { kind: "plain" };
    const found = word.startsWith("--") ? this.#findLong(word) : this.#findShort(word);
    if (found !== null) return found;
    return /\s/.test(word) ? { kind: "plain" } : { kind: "unknown" };
  }

  #findLong(word: string): Word | null {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? null : word.slice(equals + 1);
    const exact = this.#byName.get(name);
    if (exact !== undefined) return { kind: "option", option: exact, value };
    const matches = name === "--" ? [] : this.#shown.filter((each) => each.startsWith(name));
    const options = new Set(matches.map((each) => this.#byName.get(each) as Option));
    if (options.size > 1) throw refuseUsage(`ambiguous option: ${name} could match ${matches.join(", ")}`);
    const [option] = options;
    return option === undefined ? null : { kind: "option", option, value };
  }

  #findShort(word: string): Word | null {
    const option = this.#byName.get(word.slice(0, 2));
    return option === undefined ? null : { kind: "option", option, value: word.slice(2).replace(/^=/, "") };
  }
}

function collectWords(args: readonly string[], known: KnownOptions) {
  const written: Written = new Map();
  const operands: string[] = [];
  const unknown: string[] = [];
  let end = args.indexOf("--");
  if (end < 0) end = args.length;
  const isPlain = (at: number) => at < end && known.classify(args[at] as string).kind === "plain";
  for (let at = 0; at < end; ) {
    const word = args[at] as string;
    const found = known.classify(word);
    at += 1;
    if (found.kind === "plain") {
      operands.push(word);
    } else if (found.kind === "unknown") {
      // The words after it are most likely its values, and are named with it.
      unknown.push(word);
      while (isPlain(at)) unknown.push(args[at++] as string);
    } else {
      const given = found.value === null ? [] : [found.value];
      const { takes } = found.option;
      const wanted = takes === "words" ? Number.POSITIVE_INFINITY : takes === "value" ? 1 : 0;
      while (given.length < wanted && found.value === null && isPlain(at)) given.push(args[at++] as string);
      if (takes === "toggle" && found.value === null && isPlain(at) && /^(true|false)$/i.test(args[at] as string))
        given.push(args[at++] as string);
      checkCount(found.option, given);
      written.set(found.option, takes === "words" ? [...(written.get(found.option) ?? []), given] : [given]);
    }
  }
  operands.push(...args.slice(end + 1));
  return { written, operands, unknown };
}

function checkCount(option: Option, given: readonly string[]): void {
  const label = `argument ${option.names.join("/")}`;
  if (option.takes === "value" && given.length === 0) throw refuseUsage(`${label}: expected one argument`);
  if (option.takes === "words" && given.length === 0) throw refuseUsage(`${label}: expected at least one argument`);
  if (option.takes === "switch" && given.length > 0)
    throw refuseUsage(`${label}: ignored explicit argument '${given[0]}'`);
}

function refuseMissing(command: Command, written: Written, operands: readonly string[]): void {
  const missing = Object.values(command.options)
    .filter((option) => option.required && !written.has(option))
    .map((option) => option.names.join("/"));
  if (operands.length < (command.operands?.min ?? 0)) missing.push(command.operands?.name as string);
  if (missing.length > 0) throw refuseUsage(`the following arguments are required: ${missing.join(", ")}`);
}

function readValues(table: OptionTable, written: Written): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(table)) {
    const given = written.get(option);
    values[key] = given === undefined ? option.absent : readValue(option, given);
  }
  return values;
}

function readValue(option: Option, written: readonly (readonly string[])[]): unknown {
  const uses =
    option.choices === undefined ? written : written.map((use) => use.map((word) => matchChoice(option, word)));
  try {
    return option.parse(uses.flat(), uses);
  } catch (error) {
    if (error instanceof InvalidOption) throw refuseUsage(`argument ${option.names.join("/")}: ${error.message}`);
    throw error;
  }
}

function matchChoice(option: Option, word: string): string {
  const choices = option.choices as readonly string[];
  const found = choices.find((choice) => choice.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw refuseUsage(`'${word}' is not a valid value for '${option.names[0]}'. Allowed values: ${choices.join(", ")}.`);
}
