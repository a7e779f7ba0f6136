import { readdirSync } from "node:fs";
import { decodePath, toFsPath } from "../storage/path-bytes.ts";

/** Names in a folder, in byte order, bytes that are not UTF-8 kept (see storage/path-bytes.ts). */
export function readNames(folder: string): string[] {
  const names = readdirSync(toFsPath(folder), { encoding: "buffer" }) as Buffer[];
  return names.sort(Buffer.compare).map(decodePath);
}
