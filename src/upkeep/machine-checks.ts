import { readFileSync, statfsSync } from "node:fs";
import { availableParallelism, freemem, platform, release, totalmem } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { findOnPath } from "../environment/installed-pythons.ts";
import { type Finding, fail, ok, showBytes, warn } from "./diagnosis-finding.ts";

const wantedNode = 24;
const wantedFiles = 1024;
const wantedSharedBytes = 64 * 2 ** 20;
const wantedMemoryBytes = 512 * 2 ** 20;

/** The machine itself: Node, system, memory, limits, SQLite, git. */
export function checkMachine(env: NodeJS.ProcessEnv): Finding[] {
  return [
    checkNode(),
    checkSystem(),
    checkMemory(),
    checkSharedMemory(),
    checkOpenFiles(),
    checkSqlite(),
    checkGit(env),
  ];
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const found = `${process.versions.node} (${process.execPath})`;
  if (major >= wantedNode) return ok("node", found);
  return fail("node", found, `install Node.js ${wantedNode}, or run npm rebuild node where Batchwise is installed`);
}

function checkSystem(): Finding {
  const found = `${platform()} ${release()}, ${availableParallelism()} cores`;
  if (platform() === "linux") return ok("system", found);
  return warn(
    "system",
    found,
    "Linux is what Batchwise is tested on; elsewhere workers of a killed driver may live on for a while",
  );
}

function checkMemory(): Finding {
  const available = readAvailableMemory();
  const found = `${showBytes(available)} free of ${showBytes(totalmem())}`;
  if (available >= wantedMemoryBytes) return ok("memory", found);
  return warn("memory", found, "end other programs, or run fewer workers (--workers N, or --memory auto)");
}

/** `MemAvailable` counts what the cache would give back. */
function readAvailableMemory(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
  } catch {
    return freemem();
  }
}

/** Libraries such as torch hand tensors from process to process through it. */
function checkSharedMemory(): Finding {
  try {
    const { blocks, bsize } = statfsSync("/dev/shm");
    const found = showBytes(blocks * bsize);
    if (blocks * bsize >= wantedSharedBytes) return ok("/dev/shm", found);
    return warn(
      "/dev/shm",
      found,
      "scripts with torch's data loaders may need more: mount -o remount,size=1G /dev/shm, or docker run --shm-size 1g",
    );
  } catch {
    return warn(
      "/dev/shm",
      "not there",
      "scripts whose libraries share memory between processes will fail; mount a tmpfs at /dev/shm",
    );
  }
}

function checkOpenFiles(): Finding {
  const limit = readOpenFilesLimit();
  if (limit === null) return ok("open files", "limit unknown");
  const found = Number.isFinite(limit) ? `at most ${limit}` : "no limit";
  if (limit >= wantedFiles) return ok("open files", found);
  return warn(
    "open files",
    found,
    `raise it with ulimit -n ${4 * wantedFiles}: many workers, or scripts that open many files, reach it`,
  );
}

function readOpenFilesLimit(): number | null {
  try {
    const soft = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? null : soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return null;
  }
}

function checkSqlite(): Finding {
  const database = new DatabaseSync(":memory:");
  try {
    const row = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    return ok("sqlite", row.version);
  } finally {
    database.close();
  }
}

function checkGit(env: NodeJS.ProcessEnv): Finding {
  const path = findOnPath("git", env);
  if (path !== null) return ok("git", path);
  return warn("git", "not found", "only environments with git+https:// packages need it; install git for those");
}
