/** The rows of the catalog as plain objects. `src/catalog/catalog.ts` keeps them in `catalog.sqlite`; shapes for people and clients are made in `present/`. */

export interface Timestamps {
  /** ISO time, UTC. */
  readonly createdAt: string;
  readonly modifiedAt: string;
}

export interface EndpointRecord extends Timestamps {
  /** Matches `^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`, 3 to 32 characters; looked up without regard to case. */
  readonly name: string;
  readonly description: string | null;
  readonly authMode: "aad_token" | "aml_token" | "key";
  readonly defaultDeployment: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
}

/** Components are for pipeline deployments; `definition` holds their file. */
export type AssetKind = "model" | "data" | "environment" | "code" | "component";

/** One version of an asset. A version never changes, except for description, tags, stage and `archived`. */
export interface AssetRecord extends Timestamps {
  readonly kind: AssetKind;
  readonly name: string;
  readonly version: string;
  /** `custom_model`, `mlflow_model`, `triton_model`; `uri_file`, `uri_folder`, `mltable`; null for others. */
  readonly type: string | null;
  /** Absolute path of the content: in the home folder, or where the user keeps it (`--by-reference`); a URL for data that stays remote; null for environments. */
  readonly path: string | null;
  /** Path as the user wrote it, for show. */
  readonly source: string | null;
  readonly byReference: boolean;
  /** SHA-256 over names and contents, or over the definition of an environment. */
  readonly hash: string;
  readonly isAnonymous: boolean;
  readonly archived: boolean;
  readonly description: string | null;
  readonly stage: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Environments: `{image, condaFile (object), build, pythonPath, requirementsFile}`; models: `{flavors}`; null otherwise. JSON-able. */
  readonly definition: Readonly<Record<string, unknown>> | null;
}

/** Name and version of an asset, pinned. */
export interface AssetRef {
  readonly name: string;
  readonly version: string;
}

/** A deployment with everything it needs pinned at the moment it was made. */
export interface DeploymentRecord extends Timestamps {
  readonly endpoint: string;
  /** Lower case. */
  readonly name: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly model: AssetRef | null;
  /** Code version and the script's path in it; null for MLflow models without a script. */
  readonly code: (AssetRef & { readonly scoringScript: string }) | null;
  readonly environment: AssetRef | null;
  /** Name of the compute, "local" when none was given. */
  readonly compute: string;
  readonly settings: DeploymentSettings;
}

/** What a deployment says about how to score; null where it says nothing and the default holds. */
export interface DeploymentSettings {
  readonly instanceCount: number | null;
  readonly instanceType: string | null;
  readonly maxConcurrencyPerInstance: number | null;
  readonly miniBatchSize: number | null;
  readonly errorThreshold: number | null;
  readonly maxRetries: number | null;
  readonly timeoutSeconds: number | null;
  readonly outputAction: "append_row" | "summary_only" | null;
  readonly outputFileName: string | null;
  readonly loggingLevel: "warning" | "info" | "debug" | null;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly gpusPerWorker: number | null;
  readonly memoryLimitBytes: number | null;
  readonly autoResume: boolean;
  /**
   * Settings that only Batchwise has, by their name in the settings table (`outputFormat`, `maxRssBytes`, `timeoutMs: "auto"` …), as they were written: put
   * them into a SettingLayer, where they are read as in a deployment file.
   */
  readonly extra: Readonly<Record<string, string | number | boolean>>;
}

export interface ComputeRecord extends Timestamps {
  readonly name: string;
  /** `amlcompute` files are taken and mapped to the machine. */
  readonly type: "local" | "amlcompute";
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Jobs that may run at once. */
  readonly maxJobs: number;
  /** Most instances for one job; null means no limit of its own. */
  readonly maxInstances: number | null;
  /** Everything else of the file, kept and shown: size, tier, idle time … */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A datastore is the folder `datastores/<name>` in the home folder, whatever its file says of accounts. */
export interface DatastoreRecord extends Timestamps {
  readonly name: string;
  readonly type: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** account_name, container_name, endpoint, protocol: kept and shown. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A job in the index. The job folder is the truth about progress; this is what lists and queues need without opening a thousand folders. */
export interface JobRecord extends Timestamps {
  readonly name: string;
  readonly endpoint: string | null;
  readonly deployment: string | null;
  readonly compute: string;
  readonly displayName: string | null;
  readonly experiment: string | null;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** `queued`: not started; `started`: a driver was started at least once, the folder tells the rest; `ended`: `status` is final. */
  readonly stage: "queued" | "started" | "ended";
  /** Azure's word; final once `stage` is `ended`. */
  readonly status: string;
  /** Rises with each submission; the order of the queue. */
  readonly place: number;
  readonly archived: boolean;
  /** `--client-key`: the same key means the same job. */
  readonly clientKey: string | null;
  readonly autoResume: boolean;
  /** Automatic resumes without progress so far. */
  readonly resumes: number;
}
