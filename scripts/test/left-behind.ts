import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Finds the processes of a test run that outlived it, by the mark in their environment or by a working directory below the run's temporary
 * folder (a worker may have been given an environment of its own), and ends them.
 *
 * @param graceMs how long processes that are on their way out may take: a guardian ends its worker's children one by one
 * @returns one line of text for each; always empty where there is no /proc
 */
export async function endLeftProcesses(runId: string, temporary: string, graceMs = 5_000): Promise<string[]> {
  const deadline = performance.now() + graceMs;
  let left = findProcesses(runId, temporary);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(50);
    left = findProcesses(runId, temporary);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself meanwhile, and still it outlived its test.
    }
  }
  return left.map(({ pid, command }) => `process ${pid} is still there: ${command}`);
}

/** Names of temporary folders and files that tests did not remove. */
export function findLeftFolders(temporary: string): string[] {
  return readdirSync(temporary)
    .filter((name) => name.startsWith("batchwise-"))
    .map((name) => `a test left ${name} in the temporary folder`);
}

interface LeftProcess {
  readonly pid: number;
  readonly command: string;
}

function findProcesses(runId: string, temporary: string): LeftProcess[] {
  const found: LeftProcess[] = [];
  for (const name of readProcFolder()) {
    const folder = join("/proc", name);
    try {
      const marked = readFileSync(join(folder, "environ"), "latin1").includes(`BATCHWISE_TEST_RUN=${runId}`);
      if (!marked && !readlinkSync(join(folder, "cwd")).startsWith(`${temporary}/`)) continue;
      // A zombie has no command line; it holds nothing and waits for its parent alone.
      const command = readFileSync(join(folder, "cmdline"), "latin1").replaceAll("\0", " ").trim();
      if (command !== "") found.push({ pid: Number(name), command });
    } catch {
      // Ended between the listing and the look, or not ours to look at.
    }
  }
  return found;
}

function readProcFolder(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
