import { readFileSync } from "node:fs";
import { decodePathBytes } from "../storage/path-bytes.ts";

/**
 * The command's arguments with file names that are not UTF-8 kept (text form of storage/path-bytes.ts): Node.js replaces such bytes by U+FFFD, and the file
 * would not be found. Only Linux tells the original bytes.
 */
export function readArguments(args: readonly string[]): readonly string[] {
  if (!args.some((arg) => arg.includes("\ufffd")) || process.platform !== "linux") return args;
  const bytes = readFileSync("/proc/self/cmdline");
  const whole: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    whole.push(decodePathBytes(bytes.subarray(at, end)));
    at = end + 1;
  }
  return whole.slice(whole.length - args.length);
}
