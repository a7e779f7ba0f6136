import { spawn } from "node:child_process";

/** How a program ended, and what it wrote. */
export interface ProgramResult {
  /** Exit code; null when a signal ended it or it never started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started (`ENOENT`, `EACCES`, `ENOEXEC`) or was ended by us, or null. */
  readonly error: Error | null;
  /** The last 1 MiB of it. */
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with each line of both streams as it comes. */
  readonly onLine?: (line: string) => void;
}

const maxKeptLength = 1024 * 1024;

/**
 * Runs a program to its end without standard input. Never rejects: failing to start is a result.
 *
 * @example const { code, stdout } = await runProgram("python3", ["--version"]);
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
  const { promise, resolve } = Promise.withResolvers<ProgramResult>();
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // Not spawn's own option: its timer keeps Node alive when the program could not be started.
  const timer =
    options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
  void promise.finally(() => clearTimeout(timer));
  const stdout = collectText(child.stdout, options.onLine);
  const stderr = collectText(child.stderr, options.onLine);
  let error: Error | null = null;
  child.on("error", (reason) => {
    error ??= reason;
    // Without a process there is no `close` event to wait for.
    if (child.pid === undefined) resolve({ code: null, signal: null, error, stdout: "", stderr: "" });
  });
  child.on("close", (code, signal) => resolve({ code, signal, error, stdout: stdout(), stderr: stderr() }));
  return promise;
}

function collectText(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined): () => string {
  let kept = "";
  let open = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    kept = (kept + text).slice(-maxKeptLength);
    if (onLine === undefined) return;
    const lines = (open + text).split(/\r?\n|\r/);
    open = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (open !== "") onLine?.(open);
  });
  return () => kept;
}

/** The last lines of a text that are not blank, for an error message. */
export function readLastLines(text: string, count: number): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count);
}
