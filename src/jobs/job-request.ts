import type { JobSettings } from "../config/job-settings.ts";
import type { CodeSnapshot } from "../catalog/code-snapshot.ts";
import type { ModelView } from "./model-view.ts";

/** `job.json`: what was asked for, after merging, and what was made of it. Written once; a resume that changes settings writes it anew. */
export interface JobRequest {
  readonly version: number;
  /** Batchwise that made the job. */
  readonly batchwise: string;
  /** ISO time. */
  readonly created: string;
  /** Unique to the job; marks its processes, so that those of a killed driver can be found. */
  readonly token: string;
  readonly settings: JobSettings;
  /** The copy in `code/`: the script's path in it, and its hash. */
  readonly code: CodeSnapshot & { readonly folder: string; readonly script: string };
  readonly model: (ModelView & { readonly name: string }) | null;
  readonly python: { readonly executable: string; readonly version: string };
}
