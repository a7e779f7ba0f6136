import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { relative } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import { jobPaths } from "../storage/job-paths.ts";
import { hasDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";
import { type JobState, terminalStatuses } from "./job-status.ts";

export interface StreamOptions {
  readonly home: string;
  readonly name: string;
  /** Shown as the job's page. */
  readonly webView: string;
  /** Reads the state; the caller heals queues before, so that a job whose driver was killed goes on while somebody looks. */
  readState(): JobState;
  write(text: string): void;
  /** Ends the streaming, not the job. */
  readonly signal?: AbortSignal;
}

const firstPauseMs = 50;
const longestPauseMs = 500;
/** How long the driver of a job that is over may take to end. */
const lastWordsMs = 5_000;

/**
 * Follows a job until it stands still, in the form of `az ml job stream`, and returns its last state; null when the signal came first. A job that is over is told
 * at once. Nothing is told twice.
 */
export async function streamJob(options: StreamOptions): Promise<JobState | null> {
  const { name, webView, write, signal } = options;
  write(`RunId: ${name}\nWeb View: ${webView}\n`);
  const folder = jobFolderOf(options.home, name);
  const log = new LogTail(folder, write);
  let endedAtMs: number | null = null;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)) {
    // The state first: what is written before the end is then read for certain.
    const state = options.readState();
    const hasMore = log.copyNew();
    if (terminalStatuses.has(state.status)) {
      // The driver writes its summary after the last word in the ledger.
      endedAtMs ??= performance.now();
      if (hasDriver(folder) && performance.now() - endedAtMs < lastWordsMs && !signal?.aborted) {
        await delay(firstPauseMs);
        continue;
      }
      log.copyNew();
      log.end();
      write(`\nExecution Summary\n=================\nRunId: ${name}\nWeb View: ${webView}\n`);
      write(describeWarnings(name, state));
      return state;
    }
    if (hasMore) pauseMs = firstPauseMs;
    try {
      await delay(pauseMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted) return null;
      throw error;
    }
  }
}

function describeWarnings(name: string, { counts, status, resumeCommand }: JobState): string {
  const warnings: string[] = [];
  if (counts !== null && counts.failed > 0) {
    warnings.push(`${counts.failed} of ${counts.listed} items failed: batchwise job errors --name ${name}`);
  }
  if (status !== "Completed" && resumeCommand !== null) {
    warnings.push(`the job is ${status}; nothing that was committed is lost, go on with: ${resumeCommand}`);
  }
  return warnings.length === 0 ? "" : `\nWarnings:\n${warnings.map((warning) => `${warning}\n`).join("")}`;
}

/** Copies what is new in a job's log: that of a detached driver, or else the one that every driver writes. */
class LogTail {
  readonly #folder: string;
  readonly #write: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  readonly #buffer = Buffer.allocUnsafe(64 * 1024);
  #path: string | null = null;
  #offset = 0;
  #isMidLine = false;

  constructor(folder: string, write: (text: string) => void) {
    this.#folder = folder;
    this.#write = write;
  }

  /** True when there was something. */
  copyNew(): boolean {
    if (this.#path === null) {
      const { executionLog, driverLog } = jobPaths(this.#folder);
      this.#path = [executionLog, driverLog].find((path) => existsSync(path)) ?? null;
      if (this.#path === null) return false;
      this.#writeTitle(this.#path);
    }
    const file = openSync(this.#path, "r");
    try {
      let copied = false;
      for (;;) {
        const bytes = readSync(file, this.#buffer, 0, this.#buffer.byteLength, this.#offset);
        if (bytes === 0) return copied;
        this.#offset += bytes;
        copied = true;
        const text = this.#decoder.write(this.#buffer.subarray(0, bytes));
        if (text === "") continue;
        this.#write(text);
        this.#isMidLine = !text.endsWith("\n");
      }
    } finally {
      closeSync(file);
    }
  }

  end(): void {
    if (this.#isMidLine) this.#write("\n");
  }

  #writeTitle(path: string): void {
    const name = relative(this.#folder, path);
    this.#write(`\nStreaming ${name}\n${"=".repeat(name.length + 10)}\n\n`);
  }
}
