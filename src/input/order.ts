import type { RawPath } from "../storage/path-bytes.ts";

/**
 * Input order: depth-first, the entries of a folder sorted by the bytes of their names, a folder at the place of its name.
 * Names are raw (one character per byte), so the default comparison of strings is the comparison of bytes. (Of text it is not:
 * UTF-16 puts U+1F600, whose first unit is U+D83D, before U+FFFD.)
 */

/** Sorts raw names in place. libuv happens to hand them out sorted, which takes a tenth of a sort to see; nobody promises it, though. */
export function sortNames(names: RawPath[]): RawPath[] {
  for (let at = 1; at < names.length; at += 1) {
    if (names[at - 1]! > names[at]!) return names.sort(compareRaw);
  }
  return names;
}

/** Compares raw strings by their bytes. */
export function compareRaw(a: RawPath, b: RawPath): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares two raw paths by input order: below one folder, that is name by name. */
export function comparePaths(a: RawPath, b: RawPath): number {
  const left = a.split("/");
  const right = b.split("/");
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const order = compareRaw(left[at]!, right[at]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Index of the first name that is not below `wanted`; `names` are sorted. */
export function findName(names: readonly RawPath[], wanted: RawPath): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
