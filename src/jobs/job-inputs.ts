import { basename, join } from "node:path";
import type { Catalog } from "../catalog/catalog.ts";
import { resolveDataInput } from "../catalog/resolve-reference.ts";
import { BatchwiseError } from "../errors.ts";
import { showPath } from "../storage/path-bytes.ts";
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

export interface InputPlan {
  /** Absolute path that the job reads. */
  readonly path: string;
  /** Null for what is on this machine already. */
  readonly download: Download | null;
  readonly type: "uri_folder" | "uri_file";
}

export interface InputPlace {
  readonly catalog: Catalog;
  /** Relative paths are relative to it. */
  readonly cwd: string;
  /** `inputs/` in the job folder to be. */
  readonly downloadFolder: string;
}

/** Finds out where an input is. Throws `input_not_found`, `input_unsupported`, and what the catalog says of a reference that leads nowhere. */
export function planInput(input: JobInput, place: InputPlace): InputPlan {
  const { location, isRemote, type } = resolveDataInput(place.catalog, input.value, {
    type: input.type,
    baseDir: place.cwd,
  });
  if (!isRemote) return { path: location, download: null, type };
  if (/^https?:/i.test(location)) return planDownload(input.name, location, place);
  const scheme = location.slice(0, location.indexOf(":"));
  throw new BatchwiseError(
    "input_unsupported",
    `the input ${showPath(location)} is not supported: ${scheme} URLs cannot be read here`,
    {
      hint: "give a folder, a file, an http(s) URL of a file, or a data asset such as azureml:NAME@latest",
    },
  );
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
