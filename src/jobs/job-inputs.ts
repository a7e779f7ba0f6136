import { statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BatchwiseError } from "../errors.ts";
import { showPath, toNativePath } from "../storage/path-bytes.ts";
import { hideSecrets } from "./download-inputs.ts";
import type { Download } from "./job-request.ts";

/** One data input of a call. */
export interface JobInput {
  /** Free; folders of downloads are named after it. */
  readonly name: string;
  /** `uri_folder`, `uri_file`; null lets the path decide. */
  readonly type: "uri_folder" | "uri_file" | null;
  /** Local folder or file, `file:` URL, `http:` or `https:` URL of one file, or a reference to a data asset or datastore. */
  readonly value: string;
}

/** A reference that the catalog has resolved. */
export interface ResolvedReference {
  /** Local path, or URL. */
  readonly location: string;
  readonly type: "uri_folder" | "uri_file" | null;
}

export interface InputPlan {
  /** Absolute path that the job reads. */
  readonly path: string;
  /** Null for what is on this machine already. */
  readonly download: Download | null;
  readonly type: "uri_folder" | "uri_file";
}

export interface InputPlace {
  /** Relative paths are relative to it. */
  readonly cwd: string;
  /** `inputs/` in the job folder to be. */
  readonly downloadFolder: string;
  resolveReference(value: string): ResolvedReference;
}

/** True for what only the catalog can resolve: `azureml:…`, or the id of a resource. */
export function isReference(value: string): boolean {
  return /^azureml:/i.test(value) || /^\/subscriptions\//i.test(value);
}

/** Finds out where an input is. Throws `input_not_found`, `input_unsupported`, or what the catalog says of a reference. */
export function planInput(input: JobInput, place: InputPlace): InputPlan {
  if (!isReference(input.value)) return planLocation(input, input.value, place);
  const { location, type } = place.resolveReference(input.value);
  return planLocation({ ...input, type: input.type ?? type }, location, place);
}

function planLocation(input: JobInput, location: string, place: InputPlace): InputPlan {
  if (/^https?:/i.test(location)) return planDownload(input.name, location, place);
  if (/^file:/i.test(location)) return planPath(input, readFileUrl(location, place.cwd));
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1];
  if (scheme !== undefined) {
    throw new BatchwiseError(
      "input_unsupported",
      `the input ${showPath(location)} is not supported: ${scheme} URLs cannot be read here`,
      {
        hint: "give a folder, a file, an http(s) URL of a file, or a data asset such as azureml:NAME@latest",
      },
    );
  }
  return planPath(input, resolve(place.cwd, location));
}

/** `file:///a/b`, and the loose `file:./b` and `file:b` that people write. */
function readFileUrl(url: string, cwd: string): string {
  if (/^file:\/\//i.test(url)) {
    try {
      return fileURLToPath(url);
    } catch (cause) {
      throw new BatchwiseError(
        "input_unsupported",
        `the input ${showPath(url)} is not the URL of a file on this machine`,
        {
          cause,
          hint: "three slashes and an absolute path: file:///data/in",
        },
      );
    }
  }
  return resolve(cwd, decodeURI(url.slice("file:".length)));
}

function planPath(input: JobInput, path: string): InputPlan {
  const stats = statSync(toNativePath(path), { throwIfNoEntry: false });
  const wanted = input.type === "uri_file" ? "file" : "folder";
  if (stats === undefined) {
    throw new BatchwiseError("input_not_found", `There is no ${wanted} on target path: ${showPath(path)}`, {
      hint: "a relative path is relative to the current folder",
    });
  }
  if (input.type === "uri_file" && stats.isDirectory()) {
    throw new BatchwiseError("input_not_found", `There is no file on target path: ${showPath(path)} is a folder`, {
      hint: "leave --input-type out, or say uri_folder",
    });
  }
  // A single file where a folder was named is scored as that file; Azure ML would look for a folder and find none.
  return { path, download: null, type: stats.isDirectory() ? "uri_folder" : "uri_file" };
}

/** Each URL is one file: the web has no folders that could be listed. */
function planDownload(name: string, url: string, place: InputPlace): InputPlan {
  const parsed = URL.parse(url);
  if (parsed === null) {
    throw new BatchwiseError("input_unsupported", `the input ${showPath(hideSecrets(url))} is not a valid URL`);
  }
  const path = join(
    place.downloadFolder,
    toFileName(name, "input"),
    toFileName(decodePathname(parsed.pathname), "file"),
  );
  return { path, download: { url: parsed.href, path }, type: "uri_file" };
}

function decodePathname(pathname: string): string {
  const last = basename(pathname);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** What may stand in a URL becomes a name without folders, never hidden. */
function toFileName(text: string, otherwise: string): string {
  const name = text
    .replace(/[/\0\p{Cc}]/gu, "_")
    .replace(/^\.+/, "")
    .slice(0, 150);
  return name === "" ? otherwise : name;
}
