/** Reads what a deployment or environment file says about packages, for the rules; nothing is built. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { InlineEnvironment } from "../config/files/asset-files.ts";
import { findConda } from "../environment/conda-builder.ts";
import { addCondaFile, refuseCondaOnly } from "../environment/conda-file.ts";
import { createDraft, type EnvironmentSpec } from "../environment/environment-spec.ts";
import { readEnvironmentFile } from "../environment/read-environment-file.ts";
import { addRequirementLines } from "../environment/requirement-lines.ts";
import { BatchwiseError } from "../errors.ts";
import { makeFinding } from "./check-script.ts";
import type { Finding } from "./finding.ts";

export interface CheckedEnvironment {
  /** Null when it names no packages, or cannot be read. */
  readonly spec: EnvironmentSpec | null;
  readonly python: string | null;
  readonly findings: readonly Finding[];
}

/** Where the environment is named. */
export interface EnvironmentPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Reads a conda or requirements file. */
export async function checkEnvironmentFile(file: string, place: EnvironmentPlace | null): Promise<CheckedEnvironment> {
  try {
    return { spec: await readEnvironmentFile(file, false, hasConda()), python: null, findings: [] };
  } catch (error) {
    return { spec: null, python: null, findings: [describe(error, file, place)] };
  }
}

/** Reads an environment that is written in YAML; paths in it are relative to `baseDir`. */
export async function checkInlineEnvironment(
  value: InlineEnvironment,
  baseDir: string,
  place: EnvironmentPlace,
): Promise<CheckedEnvironment> {
  const python =
    value.python === null ? null : value.python.includes("/") ? resolve(baseDir, value.python) : value.python;
  const conda = value.conda_file;
  if (python !== null || (conda === null && value.requirements === null)) return { spec: null, python, findings: [] };
  if (typeof conda === "string") {
    const file = resolve(baseDir, conda);
    // A path that is not there is another rule's business.
    return existsSync(file) ? checkEnvironmentFile(file, place) : { spec: null, python, findings: [] };
  }
  const draft = createDraft();
  const origin = { file: place.file, chain: [place.file] };
  try {
    if (conda === null) addRequirementLines(draft, value.requirements ?? "", origin, false);
    else addCondaFile(draft, conda, origin, false);
    if (draft.condaOnly.length > 0 && !hasConda()) throw refuseCondaOnly(draft.condaOnly, place.file);
    return { spec: draft, python, findings: [] };
  } catch (error) {
    return { spec: null, python, findings: [describe(error, place.file, place)] };
  }
}

/** With conda on PATH, packages that only conda has can be built. */
function hasConda(): boolean {
  return findConda(process.env) !== null;
}

/** The place in the environment's own file when the message has one, else where it is named. */
function describe(error: unknown, file: string, place: EnvironmentPlace | null): Finding {
  if (!(error instanceof BatchwiseError)) throw error;
  const inside = /^\S*?:(\d+):(\d+): (.*)$/s.exec(error.message);
  const message = `${inside?.[3] ?? error.message}${error.hint === undefined ? "" : `; ${error.hint}`}`;
  if (inside !== null) {
    return makeFinding("environment-invalid", file, { line: Number(inside[1]), column: Number(inside[2]) }, message);
  }
  const at = place ?? { file, line: 1, column: 1 };
  return makeFinding("environment-invalid", at.file, at, message);
}
