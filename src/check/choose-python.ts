/** Which Python reads a script: the one that the job would run under, as far as it is there without building anything. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashSpec } from "../environment/build-environment.ts";
import type { EnvironmentSpec } from "../environment/environment-spec.ts";
import { findPython } from "../environment/find-python.ts";
import { listInstalledPythons } from "../environment/installed-pythons.ts";
import { versionOf } from "../environment/probe-python.ts";
import { meetsCondition } from "../environment/python-version.ts";

export interface TargetPython {
  readonly executable: string;
  /** For example "3.11.7". */
  readonly version: string;
  /** True when it has the packages that the job would have: then modules can be looked for in it. */
  readonly hasPackages: boolean;
  /** False when the environment's condition on the version is met by no Python of this machine, and another one stands in. */
  readonly meetsCondition: boolean;
}

/** `python` is a path or command that was named; `spec` what the environment file asks for, null when there is none. Throws what `findPython` throws. */
export async function chooseTargetPython(
  python: string | null,
  spec: EnvironmentSpec | null,
  home: string,
): Promise<TargetPython> {
  const built = python === null && spec !== null ? findBuilt(spec, home) : null;
  const request = { python: python ?? built, environmentFile: null, home };
  const found = await findPython(request);
  const { executable, version } = found;
  if (python !== null || built !== null || spec === null) {
    return { executable, version, hasPackages: true, meetsCondition: true };
  }
  const fits = (candidate: { readonly version: string }) =>
    spec.python === null || meetsCondition(versionOf(candidate), spec.python);
  if (fits(found)) return { executable, version, hasPackages: false, meetsCondition: true };
  const other = (await listInstalledPythons(process.env)).find(fits);
  return {
    executable: other?.executable ?? executable,
    version: other?.version ?? version,
    hasPackages: false,
    meetsCondition: other !== undefined,
  };
}

/** The interpreter of an environment that was built before, or null. */
function findBuilt(spec: EnvironmentSpec, home: string): string | null {
  const folder = join(home, "environments", hashSpec(spec));
  try {
    const marker = JSON.parse(readFileSync(join(folder, ".complete"), "utf8")) as { folder?: unknown };
    return typeof marker.folder === "string" ? join(folder, marker.folder, "bin", "python") : null;
  } catch {
    return null; // not built, or being built
  }
}
