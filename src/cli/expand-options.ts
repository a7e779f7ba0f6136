import { describeNearest } from "../config/suggest.ts";
import { BatchwiseError } from "../errors.ts";

/** An option of a command as far as reading the command line needs it. */
export interface KnownOption {
  /** `--workers`, and perhaps `-w`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

/**
 * Writes long options out in full: any unambiguous prefix is accepted, as `az` does and public scripts rely on; an exact name always wins. Throws
 * `unknown_option` for a name that does not exist and for a prefix of several, `missing_option` where a value is missing. Values are left as they are.
 */
export function expandOptions(args: readonly string[], options: readonly KnownOption[]): string[] {
  const byName = new Map(options.flatMap((option) => option.names.map((name) => [name, option] as const)));
  const result: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--") return [...result, ...args.slice(at)];
    if (!arg.startsWith("-") || arg === "-") {
      result.push(arg);
      continue;
    }
    const { name, value } = splitOption(arg, byName);
    const option = byName.get(name) as KnownOption;
    if (!option.takesValue) {
      if (value !== null)
        throw new BatchwiseError("usage", `${name} takes no value, and ${JSON.stringify(value)} is given`);
      result.push(name);
      continue;
    }
    const next = value ?? args[++at];
    if (next === undefined || (value === null && looksLikeOption(next, byName))) {
      throw new BatchwiseError(
        "missing_option",
        `${name} needs a value${next === undefined ? "" : `, and ${next} follows`}`,
      );
    }
    result.push(name, next);
  }
  return result;
}

type Names = ReadonlyMap<string, KnownOption>;

/** A value such as `-1` or `-rf` is a value; `--model` after `--script` is a forgotten value. */
function looksLikeOption(text: string, byName: Names): boolean {
  return text === "--" || (text.startsWith("--") && byName.has(text.split("=", 1)[0] as string));
}

function splitOption(arg: string, byName: Names): { name: string; value: string | null } {
  if (!arg.startsWith("--")) {
    const name = arg.slice(0, 2);
    if (!byName.has(name)) throw unknownOption(arg, byName);
    const rest = arg.slice(2);
    return { name, value: rest === "" ? null : rest.replace(/^=/, "") };
  }
  const equals = arg.indexOf("=");
  const written = equals < 0 ? arg : arg.slice(0, equals);
  return { name: completeName(written, byName), value: equals < 0 ? null : arg.slice(equals + 1) };
}

function completeName(written: string, byName: Names): string {
  if (byName.has(written)) return written;
  const matches = [...byName.keys()].filter((name) => name.startsWith("--") && name.startsWith(written));
  if (matches.length === 1) return matches[0] as string;
  if (matches.length === 0) throw unknownOption(written, byName);
  throw new BatchwiseError("unknown_option", `ambiguous option: ${written} could match ${matches.join(", ")}`, {
    hint: "write it out",
  });
}

function unknownOption(written: string, byName: Names): BatchwiseError {
  const known = [...byName.keys()].filter((name) => name.startsWith("--"));
  return new BatchwiseError("unknown_option", `there is no option ${written}`, {
    hint: describeNearest(written, known),
  });
}
