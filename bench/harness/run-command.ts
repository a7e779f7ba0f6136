import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface CommandResult {
  readonly code: number | null;
  readonly wallMs: number;
  /**
   * Processor time of the process and all that it started and waited for; NaN where the system does not tell. Unlike wall time it hardly depends on what
   * else the machine does. Commands must not run side by side for it to be right.
   */
  readonly cpuMs: number;
  /** Wall clock at the start, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Largest resident memory of the process itself, children not counted; 0 when it was not watched or ended too soon. */
  readonly peakRssBytes: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly watchMemory?: boolean;
  /** Called with the process id once it runs, so that a row can end it early. */
  readonly onStart?: (pid: number) => void;
}

/** Programs that run now; they must not outlive the benchmark. */
const running = new Set<ChildProcess>();

/** Ends what still runs; for the end of the benchmark by a signal. */
export function endRunningCommands(): void {
  for (const child of running) child.kill("SIGTERM");
}

const memoryPollMs = 20;
const keptOutputChars = 1 << 20;

/** Runs a program to its end and times the whole process from outside. Never rejects for an exit code; see `expectSuccess`. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const cpuBeforeMs = readChildrenCpuMs();
  const startedAtMs = Date.now();
  const started = performance.now();
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout = (stdout + text).slice(-keptOutputChars);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-keptOutputChars);
  });
  let peakRssBytes = 0;
  const watch = () => {
    if (child.pid !== undefined) peakRssBytes = Math.max(peakRssBytes, readPeakRss(child.pid));
  };
  const timer = options.watchMemory === true ? setInterval(watch, memoryPollMs) : null;
  const exited = Promise.withResolvers<number | null>();
  let wallMs = 0;
  child.once("error", exited.reject);
  child.once("exit", () => {
    wallMs = performance.now() - started;
  });
  child.once("close", (code) => exited.resolve(code));
  if (child.pid !== undefined) options.onStart?.(child.pid);
  try {
    const code = await exited.promise;
    return { code, wallMs, cpuMs: readChildrenCpuMs() - cpuBeforeMs, startedAtMs, peakRssBytes, stdout, stderr };
  } finally {
    running.delete(child);
    if (timer !== null) clearInterval(timer);
  }
}

/** Throws with the last lines of what the program said, unless it ended with 0. */
export function expectSuccess(result: CommandResult, what: string): CommandResult {
  if (result.code === 0) return result;
  const said = `${result.stderr}\n${result.stdout}`.trim().split("\n").slice(-15).join("\n");
  throw new Error(`${what} ended with exit code ${result.code}:\n${said}`);
}

/** VmHWM of a process in bytes; 0 when it has ended or the system has no /proc. */
function readPeakRss(pid: number): number {
  try {
    const [, kib = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kib) * 1024;
  } catch {
    return 0;
  }
}

/** Processor time of all ended children of this process, theirs included: fields 16 and 17 of /proc/self/stat, in ticks of 10 ms. */
function readChildrenCpuMs(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return Number.NaN;
  }
}
