import { statSync } from "node:fs";
import { crc32 } from "node:zlib";
import { decodeItems, encodeItems } from "../storage/item-payload.ts";
import { toNativePath } from "../storage/path-bytes.ts";

/**
 * The payload with sizes and times of the files as they are now, or null when nothing has changed. For items that failed and are tried again: nothing of
 * them is in the output, and mending the file is what a user does first. A file that is gone stays as it was, and will be reported as vanished.
 */
export function refreshItems(payload: Uint8Array): { payload: Uint8Array; bytes: number; crc: number } | null {
  let hasChanged = false;
  const items = decodeItems(payload).map((item) => {
    const found = statSync(toNativePath(item.folder + item.name), { throwIfNoEntry: false });
    if (found === undefined || (found.size === item.size && found.mtimeMs === item.mtimeMs)) return item;
    hasChanged = true;
    return { ...item, size: found.size, mtimeMs: found.mtimeMs };
  });
  if (!hasChanged) return null;
  const fresh = encodeItems(items);
  return { payload: fresh, bytes: items.reduce((sum, item) => sum + item.size, 0), crc: crc32(fresh) };
}
