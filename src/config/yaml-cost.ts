import { Lexer } from "yaml";

const maxTokens = 10_000;

/** A Map: a word such as `constructor` is no key of it. */
const closers: ReadonlyMap<string, string> = new Map([
  ["[", "]"],
  ["{", "}"],
]);

/** What makes a text too costly or no YAML at all, and where. */
export interface CostlyPlace {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/**
 * Looks at the words of a YAML text, before anything is built from it: the library's composer is recursive, and its time grows with the square of some kinds
 * of nonsense. Null when the text is harmless.
 */
export function findCostlyPlace(text: string, maxDepth: number): CostlyPlace | null {
  const control = /[^\P{Cc}\t\n\r\u0085]/u.exec(text);
  if (control !== null) return { ...locate(text, control.index), problem: "a control character" };
  let offset = 0;
  let tokens = 0;
  const open: string[] = [];
  let indicators = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    const closer = closers.get(token);
    if (closer !== undefined) open.push(closer);
    else if ((token === "]" || token === "}") && open.pop() !== token) {
      return { ...locate(text, offset), problem: `${token} closes nothing that was opened` };
    }
    // `- - - x` opens a level with each dash, `? ? x` likewise.
    if (token === "-" || token === "?") indicators += 1;
    else if (token.trim() !== "") indicators = 0;
    const problem =
      Math.max(open.length, indicators) > maxDepth
        ? `more than ${maxDepth} levels`
        : tokens > maxTokens
          ? "too many words for a configuration file"
          : null;
    if (problem !== null) return { ...locate(text, offset), problem };
    // The lexer marks documents and scalars with characters that are not in the text.
    if (!isMark(token)) offset += token.length;
  }
  return null;
}

function isMark(token: string): boolean {
  return token === "\u0002" || token === "\u0018" || token === "\u001f" || token === "\ufeff";
}

function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
