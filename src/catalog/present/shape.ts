/** What all shapes share. Keys are Azure's; null keys are left out when printing. */

import type { Timestamps } from "../records.ts";

/** A plain object for people and clients. */
export type Shape = Record<string, unknown>;

/** Who made something and when: there is one user here. */
export function presentCreation({ createdAt, modifiedAt }: Timestamps): Shape {
  return {
    created_at: toOffset(createdAt),
    created_by: "batchwise",
    created_by_type: "User",
    last_modified_at: toOffset(modifiedAt),
    last_modified_by: "batchwise",
    last_modified_by_type: "User",
  };
}

/** As Python prints times. */
function toOffset(time: string): string {
  return time.replace(/Z$/, "+00:00");
}

/** Without the keys that are null. */
export function withoutNulls(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== null && value !== undefined));
}
