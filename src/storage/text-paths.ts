import { readdirSync } from "node:fs";
import { decodePathBytes, toNativePath } from "./path-bytes.ts";

/** Names in a folder, in byte order, bytes that are not UTF-8 kept (see storage/path-bytes.ts). */
export function readNames(folder: string): string[] {
  const names = readdirSync(toNativePath(folder), { encoding: "buffer" }) as Buffer[];
  return names.sort(Buffer.compare).map(decodePathBytes);
}
