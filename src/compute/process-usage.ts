import { readFileSync } from "node:fs";

/** What a process and all its descendants use now. */
export interface ProcessUsage {
  /** Resident memory in bytes; pages that parent and child share count in both. */
  readonly rssBytes: number;
  /** CPU time so far, of descendants that have ended and were waited for as well. */
  readonly cpuMs: number;
  /** Bytes read and written so far through system calls, from disk or cache or sockets alike. */
  readonly ioBytes: number;
}

const pageBytes = 4096;
/** USER_HZ is 100 on every Linux that Node.js runs on. */
const tickMs = 10;
/** A fork bomb must not make the measuring slow. */
const maxProcesses = 256;

/** Sums the usage of a process tree from /proc. Null when the process is gone, or where there is no /proc. */
export function readProcessUsage(pid: number): ProcessUsage | null {
  if (process.platform !== "linux") return null;
  let rssBytes = 0;
  let cpuMs = 0;
  let ioBytes = 0;
  const pids = [pid];
  for (let index = 0; index < pids.length && index < maxProcesses; index++) {
    const usage = readOne(pids[index]!);
    if (usage === null) {
      if (index === 0) return null;
      continue;
    }
    rssBytes += usage.rssBytes;
    cpuMs += usage.cpuMs;
    ioBytes += usage.ioBytes;
    pids.push(...readChildren(pids[index]!));
  }
  return { rssBytes, cpuMs, ioBytes };
}

function readOne(pid: number): ProcessUsage | null {
  const stat = readProc(pid, "stat");
  if (stat === null) return null;
  // The name in brackets may hold anything, blanks and brackets too. After it: state is field 3, utime 14, stime 15, cutime 16, cstime 17, rss 24.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
  const io = readProc(pid, "io") ?? "";
  return {
    rssBytes: Number(fields[21]) * pageBytes,
    cpuMs: ticks * tickMs,
    ioBytes: readCounter(io, "rchar") + readCounter(io, "wchar"),
  };
}

function readChildren(pid: number): number[] {
  return (readProc(pid, `task/${pid}/children`) ?? "").split(" ").filter(Boolean).map(Number);
}

function readCounter(io: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1] ?? 0);
}

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    // Ended meanwhile, or not ours to look at.
    return null;
  }
}
