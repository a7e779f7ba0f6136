import { statfsSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly system: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
  };
}

/** Load average over the last minute. */
export function readLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/** Free inodes of the file system that holds a folder: a million empty files need as many. */
export function countFreeInodes(folder: string): number {
  const { ffree } = statfsSync(folder);
  // Some file systems make inodes as they are needed, and say 0.
  return ffree === 0 ? Number.POSITIVE_INFINITY : ffree;
}
