import type { SettingKind } from "./setting-kinds.ts";

/**
 * Every setting, declared once: flags, help, the keys of a deployment file, environment variables, `job.json` and docs/reference/settings.md follow
 * from this table.
 *
 * Who wins: a flag, then the deployment file, then the environment variable, then the default.
 */
export interface Setting<T> {
  /** The long option. */
  readonly flag: `--${string}`;
  readonly short?: `-${string}`;
  /** Whether `--no-…` exists too. */
  readonly negatable?: boolean;
  /** Key in a deployment file, at its top or below `settings`; null when a file cannot say it. */
  readonly fileKey: string | null;
  readonly env?: `BATCHWISE_${string}`;
  readonly kind: SettingKind<T>;
  /** Absent: required, or worked out from other settings. */
  readonly default?: T | null;
  /** The default in words, where the value does not say it. */
  readonly defaultText?: string;
  /** One sentence. */
  readonly help: string;
  readonly group: "What to score" | "Output" | "How to run" | "Python" | "Job and display";
  /** Whether `batchwise resume` may change it. */
  readonly resume: boolean;
}

/** Keeps the type of the value, which a plain annotation would widen. */
export function declare<T>(setting: Setting<T>): Setting<T> {
  return setting;
}
