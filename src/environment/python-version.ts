/** Python versions as numbers, and the conditions that conda files set on them. */

/** `[3, 11, 7]` for Python 3.11.7; what is not said is left out. */
export type PythonVersion = readonly number[];

/** The oldest Python that the worker runs under. */
export const oldestPython: PythonVersion = [3, 8];

/** One part of a condition: `>=3.9` is `{ operator: ">=", version: [3, 9] }`. */
interface VersionClause {
  readonly operator: "=" | "!=" | ">=" | "<=" | ">" | "<" | "~=";
  readonly version: PythonVersion;
}

/** A condition on the Python version, for example `>=3.9,<3.12`: all clauses hold. */
export interface VersionCondition {
  /** As written, for messages. */
  readonly text: string;
  readonly clauses: readonly VersionClause[];
}

/** Reads "3.11.7" or "3.13.0rc1"; null when it is no version. */
export function parsePythonVersion(text: string): PythonVersion | null {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text.trim());
  if (match === null) return null;
  return match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(Number);
}

/** Below zero when `left` is older, zero when equal, above zero when newer; missing parts count as 0. */
export function compareVersions(left: PythonVersion, right: PythonVersion): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Reads what stands behind `python` in a conda file: `=3.11`, `==3.11.4`, `>=3.9,<3.12`, ` 3.8`, `=3.8.*`. Null when it cannot be read.
 * An exact version keeps only major and minor: `python=3.8.5` is met by any 3.8, since scripts and wheels depend on no more.
 */
export function parseVersionCondition(text: string): VersionCondition | null {
  const clauses: VersionClause[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*(===?|=|!=|>=|<=|>|<|~=)?\s*(\d+(?:\.\d+)*)(?:\.\*)?(?:=[\w.*]+)?\s*$/.exec(part);
    if (match === null) return null;
    const version = (match[2] ?? "").split(".").map(Number);
    const raw = match[1] ?? "=";
    const operator = raw === "==" || raw === "===" ? "=" : (raw as VersionClause["operator"]);
    clauses.push({ operator, version: operator === "=" ? version.slice(0, 2) : version });
  }
  return { text: text.trim(), clauses };
}

/** True when `version` meets every clause. */
export function meetsCondition(version: PythonVersion, condition: VersionCondition): boolean {
  return condition.clauses.every((clause) => meetsClause(version, clause));
}

/** The version nearest to the one that a condition names first: the same major, the smallest step in minor, the newer of two. */
export function findNearest<T extends { readonly version: string }>(
  candidates: readonly T[],
  condition: VersionCondition,
): T | null {
  const [major = 3, minor = 0] = condition.clauses[0]?.version ?? [];
  let nearest: { candidate: T; distance: number } | null = null;
  for (const candidate of candidates) {
    const [foundMajor = 0, foundMinor = 0] = parsePythonVersion(candidate.version) ?? [];
    if (foundMajor !== major) continue;
    const distance = Math.abs(foundMinor - minor) - (foundMinor > minor ? 0.5 : 0);
    if (nearest === null || distance < nearest.distance) nearest = { candidate, distance };
  }
  return nearest?.candidate ?? null;
}

function meetsClause(version: PythonVersion, { operator, version: wanted }: VersionClause): boolean {
  switch (operator) {
    case "=":
      return hasPrefix(version, wanted);
    case "!=":
      return !hasPrefix(version, wanted);
    case "~=":
      return compareVersions(version, wanted) >= 0 && hasPrefix(version, wanted.slice(0, -1));
    case ">=":
      return compareVersions(version, wanted) >= 0;
    case "<=":
      // `<=3.11` takes 3.11.7, as people mean it.
      return compareVersions(version.slice(0, wanted.length), wanted) <= 0;
    case ">":
      return compareVersions(version.slice(0, wanted.length), wanted) > 0;
    case "<":
      return compareVersions(version, wanted) < 0;
  }
}

function hasPrefix(version: PythonVersion, prefix: PythonVersion): boolean {
  return prefix.every((part, index) => version[index] === part);
}
