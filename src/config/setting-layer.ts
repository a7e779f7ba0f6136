import type { BatchwiseError } from "../errors.ts";
import type { SettingPlace } from "./setting-kinds.ts";
import type { SettingName } from "./settings.ts";

/** A value as somebody wrote it, or what is wrong with it; the latter only counts when nothing of higher rank is given. */
export type WrittenValue =
  | { readonly raw: unknown; readonly place: SettingPlace }
  | { readonly problem: BatchwiseError; readonly place: SettingPlace };

/** What one source says: the flags, the file, the environment. Absent settings are not in it. */
export type SettingLayer = ReadonlyMap<SettingName, WrittenValue>;
