/**
 * The patterns of `.amlignore` and `.gitignore`: `#` comments, `!` takes back, a slash at the end means folders only, a slash elsewhere ties the pattern
 * to the top folder, `*` and `?` stop at a slash, `**` does not. The last pattern that matches decides.
 */
export type IgnoreRules = (relativePath: string, isFolder: boolean) => boolean;

interface Rule {
  readonly pattern: RegExp;
  readonly negated: boolean;
  readonly foldersOnly: boolean;
}

/** Reads the text of an ignore file. What is below an ignored folder is never asked for. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .map(parseLine)
    .filter((rule) => rule !== null);
  return (relativePath, isFolder) => {
    let ignored = false;
    for (const rule of rules) {
      if (rule.negated === ignored && (isFolder || !rule.foldersOnly) && rule.pattern.test(relativePath)) {
        ignored = !rule.negated;
      }
    }
    return ignored;
  };
}

function parseLine(line: string): Rule | null {
  let text = line.replace(/(?<!\\)\s+$/, "");
  if (text === "" || text.startsWith("#")) return null;
  const negated = text.startsWith("!");
  if (negated) text = text.slice(1);
  const foldersOnly = text.endsWith("/");
  if (foldersOnly) text = text.slice(0, -1);
  if (text === "") return null;
  const tied = text.includes("/");
  const body = translateGlob(text.startsWith("/") ? text.slice(1) : text);
  return { pattern: new RegExp(`^${tied ? "" : "(?:.*/)?"}${body}$`, "su"), negated, foldersOnly };
}

function translateGlob(glob: string): string {
  let result = "";
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string;
    if (glob.startsWith("**/", at)) {
      result += "(?:.*/)?";
      at += 2;
    } else if (glob.startsWith("**", at)) {
      result += ".*";
      at += 1;
    } else if (char === "*") {
      // A run of stars is one star: `a****b` must not make the expression slow.
      if (glob[at - 1] !== "*") result += "[^/]*";
    } else if (char === "?") {
      result += "[^/]";
    } else if (char === "[") {
      const end = glob.indexOf("]", at + 2);
      if (end < 0) {
        result += "\\[";
      } else {
        const inner = glob
          .slice(at + 1, end)
          .replaceAll("\\", "\\\\")
          .replaceAll("[", "\\[");
        result += inner.startsWith("!") ? `[^${inner.slice(1)}]` : `[${inner.replace(/^\^/, "\\^")}]`;
        at = end;
      }
    } else {
      const literal = char === "\\" && at + 1 < glob.length ? (glob[++at] as string) : char;
      result += literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    }
  }
  return result;
}
