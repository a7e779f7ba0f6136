import { join } from "node:path";

/** What lies in the home folder. */
export interface HomePaths {
  readonly home: string;
  readonly jobs: string;
  /** Conda files that were written inside a deployment file. */
  readonly environmentSpecs: string;
}

export function homePaths(home: string): HomePaths {
  return { home, jobs: join(home, "jobs"), environmentSpecs: join(home, "environment-specs") };
}

/** Folder of the job of this name; the name has been checked. */
export function jobFolderOf(home: string, name: string): string {
  return join(homePaths(home).jobs, name);
}
