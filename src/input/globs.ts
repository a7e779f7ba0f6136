import picomatch from "picomatch";
import { BatchwiseError } from "../errors.ts";
import { decodeRawPath, type RawPath } from "../storage/path-bytes.ts";
import type { WalkFilter } from "./walk.ts";

/**
 * Globs, as picomatch has them. They match the path relative to the root of the input; one without a slash matches the name, at any depth,
 * and one that ends in a slash a folder with all that is in it.
 * A leading dot is a character like others. A pattern that begins with `!` takes away from what the others of its list match; a list of only such ones
 * matches everything else.
 */

type Matcher = (path: string) => boolean;

/** What one list of patterns matches. Throws input_glob_invalid. */
export function compileGlobs(patterns: readonly string[]): Matcher {
  const { wanted, unwanted } = sortPatterns(patterns);
  return (path) =>
    (wanted.length === 0 || wanted.some((matches) => matches(path))) && !unwanted.some((matches) => matches(path));
}

/** What to leave out: the same, and a pattern that matches a folder matches all that is in it. */
function compileExclude(patterns: readonly string[]): { matchesFile: Matcher; matchesFolder: Matcher } {
  const { wanted, unwanted } = sortPatterns(patterns);
  const matchesWanted: Matcher = (path) => wanted.some((matches) => matches(path));
  if (unwanted.length === 0) return { matchesFile: matchesWanted, matchesFolder: matchesWanted };
  // Something in a folder that is left out may be taken in again, so each folder is entered, and a file answers for those above it.
  const matchesFile: Matcher = (path) =>
    (wanted.length === 0 || listAbove(path).some(matchesWanted)) && !unwanted.some((matches) => matches(path));
  return { matchesFile, matchesFolder: () => false };
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function listAbove(path: string): string[] {
  const names = path.split("/");
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}

function sortPatterns(patterns: readonly string[]): { wanted: Matcher[]; unwanted: Matcher[] } {
  const wanted: Matcher[] = [];
  const unwanted: Matcher[] = [];
  for (const pattern of patterns) {
    // `!(a|b)` is an extglob, not a negation.
    if (pattern.startsWith("!") && !pattern.startsWith("!(")) unwanted.push(compileGlob(pattern.slice(1)));
    else wanted.push(compileGlob(pattern));
  }
  return { wanted, unwanted };
}

function compileGlob(pattern: string): Matcher {
  const relative = expandFolder(pattern.startsWith("./") ? pattern.slice(2) : pattern);
  try {
    if (relative === "") throw new SyntaxError("it is empty");
    const matches = picomatch(relative, { dot: true, nonegate: true, strictBrackets: true });
    if (relative.includes("/")) return (path) => matches(path);
    return (path) => matches(path.slice(path.lastIndexOf("/") + 1));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BatchwiseError("input_glob_invalid", `reading the glob "${pattern}": ${why}`, { cause: error });
  }
}

/** `sub/` is the folder with all that is in it. */
function expandFolder(pattern: string): string {
  if (!pattern.endsWith("/")) return pattern;
  return pattern.indexOf("/") === pattern.length - 1 ? `**/${pattern}**` : `${pattern}**`;
}

/** Splits an absolute glob into the folder to walk and the pattern below it. */
export function splitGlob(path: string): { base: string; pattern: string } {
  const scanned = picomatch.scan(path);
  const base = scanned.base === "" ? "/" : scanned.base;
  return { base, pattern: scanned.glob };
}

/** Filter for a walk below one root. `glob` is the pattern of a glob input, null for other kinds. Null when everything is taken. */
export function compileFilter(
  glob: string | null,
  include: readonly string[],
  exclude: readonly string[],
): WalkFilter | null {
  if (glob === null && include.length === 0 && exclude.length === 0) return null;
  const matchesGlob = glob === null ? null : picomatch(glob, { dot: true, strictBrackets: true });
  const includes = include.length === 0 ? null : compileGlobs(include);
  const excludes = exclude.length === 0 ? null : compileExclude(exclude);
  const leads = glob === null ? null : compileLead(glob);
  return {
    takesFile(relative: RawPath): boolean {
      const path = decodeRawPath(relative);
      if (matchesGlob !== null && !matchesGlob(path)) return false;
      return (includes === null || includes(path)) && !excludes?.matchesFile(path);
    },
    entersFolder(relative: RawPath): boolean {
      const path = decodeRawPath(relative);
      return (leads === null || leads(path)) && !excludes?.matchesFolder(path);
    },
  };
}

/** Tells whether a folder may hold matches of the glob, so that `/data/2024-*​/x.csv` does not read every other year. */
function compileLead(glob: string): Matcher | null {
  // Braces and extglobs may hold slashes; then each folder is read.
  if (/[{}()\\]/.test(glob)) return null;
  const parts = glob.split("/");
  const firstStars = parts.indexOf("**");
  const leading = (firstStars === -1 ? parts.slice(0, -1) : parts.slice(0, firstStars)).map((part) =>
    picomatch(part, { dot: true }),
  );
  return (path) => {
    const names = path.split("/");
    if (names.length > leading.length) {
      if (firstStars === -1) return false;
      names.length = leading.length;
    }
    return names.every((name, at) => leading[at]!(name));
  };
}
