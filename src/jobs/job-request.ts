import type { CodeSnapshot } from "../catalog/code-snapshot.ts";
import type { JobSettings } from "../config/job-settings.ts";
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
  /** Null until a queued job is prepared by its driver. */
  readonly python: JobPython | null;
  /** Jobs of an endpoint only: what the job was frozen from. */
  readonly origin?: JobOrigin | undefined;
  /** Inputs to fetch before scoring. */
  readonly downloads?: readonly Download[] | undefined;
  /** The submitter's environment variables that decide which Python is found and how it reads text; a driver may be started by somebody else. */
  readonly launch?: Readonly<Record<string, string>> | undefined;
  /** What the user should know about how the job was understood; the driver repeats it in its log. */
  readonly notices?: readonly string[] | undefined;
}

export interface JobPython {
  readonly executable: string;
  readonly version: string;
}

/** An asset as it was when the job was submitted. */
export interface PinnedAsset {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
}

/** What a job of an endpoint was made from, pinned: later changes of the endpoint or deployment do not reach it. */
export interface JobOrigin {
  readonly endpoint: string;
  readonly deployment: string;
  readonly model: PinnedAsset | null;
  readonly code: (PinnedAsset & { readonly script: string }) | null;
  readonly environment: PinnedAsset | null;
  readonly compute: string;
  /** As the deployment or the call has them; `settings.workers` is what they came to on this machine. */
  readonly instanceCount: number;
  readonly maxConcurrencyPerInstance: number;
  /** Each input as it was written. */
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly source: string }[];
}

/** A file to fetch into the job folder. */
export interface Download {
  readonly url: string;
  /** Absolute. */
  readonly path: string;
}
