import type { VersionCondition } from "./python-version.ts";

/** What an environment file asks for, ready to be built with pip or uv. */
export interface EnvironmentSpec {
  /** Condition on the Python version, or null when any will do. */
  readonly python: VersionCondition | null;
  /** Lines of a requirements file: packages, and options such as `--extra-index-url`. Local paths are absolute. */
  readonly requirements: readonly string[];
  /** Lines of constraint files (`-c`). */
  readonly constraints: readonly string[];
  /** Hashes of local packages that the requirements name, so that their content counts. */
  readonly localFiles: readonly string[];
  /** What was left out or read differently, in sentences for the user. */
  readonly notices: readonly string[];
}

/** A spec while it is being read. */
export interface SpecDraft {
  python: VersionCondition | null;
  requirements: string[];
  constraints: string[];
  localFiles: string[];
  notices: string[];
}

export function createDraft(): SpecDraft {
  return { python: null, requirements: [], constraints: [], localFiles: [], notices: [] };
}
