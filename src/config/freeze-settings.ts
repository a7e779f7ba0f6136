import type { JobSettings } from "./job-settings.ts";

/** Frozen through and through. */
export function freezeSettings(settings: JobSettings): JobSettings {
  for (const value of Object.values(settings)) if (typeof value === "object" && value !== null) Object.freeze(value);
  return Object.freeze(settings);
}
