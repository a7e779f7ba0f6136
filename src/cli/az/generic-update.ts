/**
 * `--set`, `--add` and `--remove` of the `update` verbs: they change the object as it was read (or the file given). Values are JSON where they can be read so.
 *
 *     --set a.b=5           a number; --force-string keeps "5"; a level that is null is made, one that is missing is an error
 *     --set list[0]=v       a place in a list;  list[key=val].x=v  the element whose key has that value;  a bare KEY sets ""
 *     --add a.list v w      values at the end of a list; words k=v that follow each other become one object
 *     --remove a.key        a key;  --remove a.list 0  a place in a list
 */

import { AzError } from "./az-error.ts";

export interface GenericChanges {
  readonly set: readonly string[];
  /** One list of words for each time `--add` was given. */
  readonly add: readonly (readonly string[])[];
  readonly remove: readonly (readonly string[])[];
  readonly forceString: boolean;
}

type Plain = Record<string, unknown> | unknown[];

/** A changed copy of a plain object. Throws an AzError (exit code 1) in az's words. */
export function applyGenericChanges<T extends object>(object: T, changes: GenericChanges): T {
  const copy = structuredClone(object);
  for (const word of changes.set) setValue(copy as Plain, word, changes.forceString);
  for (const words of changes.add) addValues(copy as Plain, words, changes.forceString);
  for (const words of changes.remove) removeValue(copy as Plain, words);
  return copy;
}

/** Whether there is anything to change. */
export function hasChanges({ set, add, remove }: GenericChanges): boolean {
  return set.length + add.length + remove.length > 0;
}

function setValue(root: Plain, word: string, forceString: boolean): void {
  // The `=` inside `list[key=val]` belongs to the path.
  const match = /^((?:[^=[\]]|\[[^\]]*\])*)=(.*)$/s.exec(word);
  const path = splitPath(match?.[1] ?? word);
  const value = match === null ? "" : readValue(match[2] as string, forceString);
  const { holder, key } = findHolder(root, path, true);
  put(holder, key, value, path);
}

function addValues(root: Plain, words: readonly string[], forceString: boolean): void {
  const [name = "", ...values] = words;
  const path = splitPath(name);
  if (values.length === 0) throw new AzError(1, "usage error: --add LIST_PROPERTY VALUE [VALUE ...]");
  const { holder, key } = findHolder(root, path, true);
  let list = read(holder, key);
  if (list === undefined || list === null) {
    list = [];
    put(holder, key, list, path);
  }
  if (!Array.isArray(list)) throw new AzError(1, `usage error: '${name}' is not a list`);
  let object: Record<string, unknown> | null = null;
  for (const value of values) {
    const pair = /^([^=[\]{}"]+)=(.*)$/s.exec(value);
    if (pair === null) {
      object = null;
      list.push(readValue(value, forceString));
      continue;
    }
    if (object === null) {
      object = Object.create(null) as Record<string, unknown>;
      list.push(object);
    }
    object[pair[1] as string] = readValue(pair[2] as string, forceString);
  }
}

function removeValue(root: Plain, words: readonly string[]): void {
  const [name = "", place] = words;
  const path = splitPath(name);
  const { holder, key } = findHolder(root, path, false);
  const found = read(holder, key);
  if (found === undefined) throw couldNotFind(key, path, holder);
  if (place === undefined) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    return;
  }
  if (!Array.isArray(found) || !/^\d+$/.test(place) || Number(place) >= found.length) {
    throw new AzError(1, `index ${place} doesn't exist on ${name}`);
  }
  found.splice(Number(place), 1);
}

/** `a.b[0].c` as `["a", "b", "[0]", "c"]`; `\.` is a dot that belongs to a name. */
function splitPath(text: string): string[] {
  const parts = [...text.matchAll(/\[[^\]]*\]|(?:\\.|[^.[\]])+/g)].map(([part]) => part.replace(/\\(.)/g, "$1"));
  if (parts.length === 0) throw new AzError(1, `usage error: --set KEY=VALUE [KEY=VALUE ...]: '${text}' names nothing`);
  return parts;
}

interface Place {
  readonly holder: Plain;
  readonly key: string;
}

/** Walks to the object that holds the last part of a path. Names match without regard to `_` and capitals, since people mix `authMode` and `auth_mode`. */
function findHolder(root: Plain, path: readonly string[], makeNull: boolean): Place {
  let holder = root;
  for (const [at, part] of path.entries()) {
    const key = resolveKey(holder, part, path);
    if (at === path.length - 1) return { holder, key };
    let next = read(holder, key);
    if (next === undefined) throw couldNotFind(part, path, holder);
    if (next === null && makeNull) {
      next = {};
      put(holder, key, next, path);
    }
    if (typeof next !== "object" || next === null) throw couldNotFind(path[at + 1] as string, path, {});
    holder = next as Plain;
  }
  throw new Error("a path has at least one part");
}

function resolveKey(holder: Plain, part: string, path: readonly string[]): string {
  const place = /^\[(.*)\]$/s.exec(part)?.[1];
  if (place === undefined) {
    if (Array.isArray(holder) || Object.hasOwn(holder, part)) return part;
    const simple = simplify(part);
    return Object.keys(holder).find((key) => simplify(key) === simple) ?? part;
  }
  if (!Array.isArray(holder)) throw couldNotFind(part, path, holder);
  const [name = "", wanted] = place.split(/=(.*)/s);
  const index =
    wanted === undefined
      ? Number(place)
      : holder.findIndex(
          (each) => typeof each === "object" && each !== null && String((each as never)[name]) === wanted,
        );
  if (!Number.isInteger(index) || index < 0 || index >= holder.length) {
    throw new AzError(1, `index ${place} doesn't exist on ${path.filter((each) => !each.startsWith("[")).join(".")}`);
  }
  return String(index);
}

function simplify(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function read(holder: Plain, key: string): unknown {
  if (Array.isArray(holder)) return holder[Number(key)];
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function put(holder: Plain, key: string, value: unknown, path: readonly string[]): void {
  if (Array.isArray(holder)) {
    if (!/^\d+$/.test(key)) throw couldNotFind(key, path, holder);
    holder[Number(key)] = value;
    return;
  }
  // Not by assignment: `__proto__` is a name like any other.
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function couldNotFind(part: string, path: readonly string[], holder: Plain): AzError {
  const options = Array.isArray(holder)
    ? "index into the collection with [<index>] or [<key=value>]"
    : listKeys(holder);
  return new AzError(
    1,
    `Couldn't find '${part}' in '${path.slice(0, -1).join(".") || part}'. Available options: ${options}`,
  );
}

function listKeys(holder: Record<string, unknown>): string {
  return `[${Object.keys(holder)
    .sort()
    .map((key) => `'${key}'`)
    .join(", ")}]`;
}

function readValue(text: string, forceString: boolean): unknown {
  if (forceString) return text;
  try {
    return JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value));
  } catch {
    return text;
  }
}
