import { BatchwiseError } from "../../errors.ts";
import type { SetValue } from "./source.ts";

/**
 * The `--set` of `create` and `invoke`: `KEY=VALUE` words, split at the first `=`. KEY is a path with dots, `\.` is a literal dot, `[i]` a place in a list.
 * VALUE is always text; the field it goes to decides what it means.
 *
 * @example parseSetArguments(["retry_settings.timeout=60"])
 */
export function parseSetArguments(words: readonly string[]): SetValue[] {
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1) throw new BatchwiseError("file_invalid", "usage error: --set KEY=VALUE [KEY=VALUE ...]");
    const key = word.slice(0, at);
    return { path: parseKey(key), value: word.slice(at + 1), label: `--set ${key}` };
  });
}

/** Deeper than any file that is read. */
const maxSteps = 64;
/** Longer than any list that is read. */
const maxPlace = 10_000;

function parseKey(key: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const part of key.split(/(?<!\\)\./)) {
    const match = /^(.*?)((?:\[\d+\])*)$/s.exec(part);
    const name = (match?.[1] ?? part).replaceAll("\\.", ".");
    if (name === "") throw new BatchwiseError("file_invalid", `--set ${key}: a part of the key is empty`);
    steps.push(name);
    for (const [, place] of (match?.[2] ?? "").matchAll(/\[(\d+)\]/g)) steps.push(Number(place));
  }
  const tooFar = steps.some((step) => typeof step === "number" && step > maxPlace);
  if (steps.length > maxSteps || tooFar) throw new BatchwiseError("file_invalid", `--set ${key}: the key goes too far`);
  return steps;
}
