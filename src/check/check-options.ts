/** What holds for everything that one call of `batchwise check` looks at. */
export interface CheckOptions {
  /** Absolute path of a model that holds for every script and deployment; null: what the deployment says. */
  readonly model: string | null;
  /** Absolute path of an environment file, likewise. */
  readonly environment: string | null;
  /** Interpreter that was named. */
  readonly python: string | null;
  readonly home: string;
  /** The folder or file that a reference to a registered model stands for, or null. */
  resolveModel(reference: string): string | null;
  /** Likewise for a registered environment: the file that it is built from, and its interpreter when it names one. */
  resolveEnvironment(reference: string): { readonly file: string | null; readonly python: string | null } | null;
}
