import { accessSync, constants, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { encodePathBytes, encodeRawPath, type RawPath } from "../storage/path-bytes.ts";

/** An input that is there and can be read. Paths are raw, absolute and without a slash at the end (except `/`). */
export type ResolvedInput =
  | { readonly kind: "folder"; readonly root: RawPath; readonly realRoot: RawPath }
  | { readonly kind: "glob"; readonly root: RawPath; readonly realRoot: RawPath; readonly pattern: string }
  | { readonly kind: "file"; readonly root: RawPath; readonly realRoot: RawPath; readonly name: RawPath }
  | { readonly kind: "list"; readonly root: RawPath; readonly realRoot: RawPath; readonly file: RawPath };

const globCharacters = /[*?[\]{}()!+@]/;

/** Finds out what an input is. Throws input_not_found, input_unreadable, or input_glob_invalid. */
export async function resolveInput(input: string): Promise<ResolvedInput> {
  if (input.startsWith("@")) return resolveList(resolve(input.slice(1)));
  const path = resolve(input);
  const stats = examineInput(path);
  if (stats === undefined) {
    const glob = globCharacters.test(path) ? await resolveGlob(path) : null;
    if (glob !== null) return glob;
    throw new BatchwiseError("input_not_found", `looking for the input: "${path}" does not exist`, {
      hint: "give an existing folder, file or @list, or quote a glob so that the shell leaves it alone",
    });
  }
  if (stats.isDirectory()) {
    checkReadable(path, constants.R_OK | constants.X_OK);
    return { kind: "folder", ...findRoots(path) };
  }
  if (!stats.isFile()) refuseKind(path);
  checkReadable(path, constants.R_OK);
  return { kind: "file", ...findRoots(dirname(path)), name: encodeRawPath(basename(path)) };
}

function resolveList(file: string): ResolvedInput {
  const stats = examineInput(file);
  if (stats === undefined) {
    throw new BatchwiseError("input_not_found", `looking for the list of inputs: "${file}" does not exist`);
  }
  if (!stats.isFile()) refuseKind(file);
  checkReadable(file, constants.R_OK);
  return { kind: "list", ...findRoots(dirname(file)), file: encodeRawPath(file) };
}

/** Null when the path is not a glob after all. */
async function resolveGlob(path: string): Promise<ResolvedInput | null> {
  const { splitGlob, compileGlobs } = await import("./globs.ts");
  const { base, pattern } = splitGlob(path);
  if (pattern === "") return null;
  const stats = examineInput(base);
  if (stats === undefined || !stats.isDirectory()) {
    throw new BatchwiseError("input_not_found", `looking for the input "${path}": the folder "${base}" does not exist`);
  }
  checkReadable(base, constants.R_OK | constants.X_OK);
  compileGlobs([pattern]);
  return { kind: "glob", ...findRoots(base), pattern };
}

function examineInput(path: string): Stats | undefined {
  try {
    return statSync(encodePathBytes(path), { throwIfNoEntry: false });
  } catch (error) {
    throw explainUnreadable(path, error);
  }
}

function checkReadable(path: string, mode: number): void {
  try {
    accessSync(encodePathBytes(path), mode);
  } catch (error) {
    throw explainUnreadable(path, error);
  }
}

/** The folder as given and as it is without links: two inputs may lead to one folder. */
function findRoots(folder: string): { root: RawPath; realRoot: RawPath } {
  return { root: encodeRawPath(folder), realRoot: realpathSync.native(encodePathBytes(folder), "latin1") };
}

function explainUnreadable(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const found = error.code === "EACCES" ? "permission denied" : (error.code ?? error.message);
  return new BatchwiseError("input_unreadable", `looking at the input "${path}": ${found}`, {
    hint: "let the user who runs the job read it (folders need r and x)",
    cause: error,
  });
}

function refuseKind(path: string): never {
  throw new BatchwiseError(
    "input_unreadable",
    `looking at the input "${path}": it is neither a regular file nor a folder`,
  );
}
