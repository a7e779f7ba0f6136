import type { VersionCondition } from "./python-version.ts";

/** What an environment file asks for, ready to be built. */
export interface EnvironmentSpec {
  /**
   * `build`: packages to install. `interpreter`: a Python that has everything already. `machine`: a container image and nothing else, which means the Python that
   * the job would have without an environment.
   */
  readonly use: "build" | "interpreter" | "machine";
  /** For `interpreter`: an absolute path, or a command on PATH. */
  readonly interpreter: string | null;
  /** Condition on the Python version, or null when any will do. */
  readonly python: VersionCondition | null;
  /** Lines of a requirements file: packages, and options such as `--extra-index-url`. Local paths are absolute. */
  readonly requirements: readonly string[];
  /** Lines of constraint files (`-c`). */
  readonly constraints: readonly string[];
  /** Hashes of local packages that the requirements name, so that their content counts. */
  readonly localFiles: readonly string[];
  /** Packages that only conda has, as they are written: with any of them, only conda can build the environment. */
  readonly condaOnly: readonly string[];
  /** The same wish in conda's own words; null when it was not made in a conda file. */
  readonly conda: CondaSpec | null;
  /** What was left out or read differently, in sentences for the user. */
  readonly notices: readonly string[];
}

/** A conda file without what is left out. */
export interface CondaSpec {
  readonly channels: readonly string[];
  /** Conda's packages, `python=3.11` among them. */
  readonly dependencies: readonly string[];
  /** The nested `pip:` list. */
  readonly pip: readonly string[];
}

/** A spec while it is being read. */
export interface SpecDraft {
  use: EnvironmentSpec["use"];
  interpreter: string | null;
  python: VersionCondition | null;
  requirements: string[];
  constraints: string[];
  localFiles: string[];
  condaOnly: string[];
  conda: { channels: string[]; dependencies: string[]; pip: string[] } | null;
  notices: string[];
}

export function createDraft(): SpecDraft {
  return {
    use: "build",
    interpreter: null,
    python: null,
    requirements: [],
    constraints: [],
    localFiles: [],
    condaOnly: [],
    conda: null,
    notices: [],
  };
}

/** Adds a package that the environment file itself does not ask for. */
export function addRequirement(draft: SpecDraft, line: string): void {
  draft.requirements.push(line);
  draft.conda?.pip.push(line);
}
