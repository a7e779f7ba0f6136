import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BatchwiseError } from "../errors.ts";
import { partialPath, syncFile, syncFolder } from "../storage/durable.ts";
import type { Download } from "./job-request.ts";

export interface DownloadOptions {
  readonly signal: AbortSignal;
  onNotice(text: string): void;
  /** Waits before the second try; doubled each time, half of it random. */
  readonly firstPauseMs?: number;
}

const maxTries = 6;
const longestPauseMs = 30_000;
/** How long a server may be silent. */
const silenceMs = 60_000;

/**
 * Fetches what the job reads from the web into its folder, one file after the other; what is there already is kept, so that a resumed job goes on. A file gets its
 * name only when it is whole. Throws `download_failed`.
 */
export async function downloadInputs(downloads: readonly Download[], options: DownloadOptions): Promise<void> {
  for (const download of downloads) {
    if (existsSync(download.path)) continue;
    mkdirSync(dirname(download.path), { recursive: true, mode: 0o700 });
    await downloadWithRetries(download, options);
  }
}

async function downloadWithRetries(download: Download, options: DownloadOptions): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await downloadFile(download, options.signal);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = describeFailure(error);
      if (!failure.mayPass || tried === maxTries) {
        throw new BatchwiseError("download_failed", `cannot download ${hideSecrets(download.url)}: ${failure.text}`, {
          cause: error,
          hint: failure.mayPass
            ? "check the network and resume the job"
            : "check the address; a signed address may have expired",
        });
      }
      const longest = Math.min((options.firstPauseMs ?? 500) * 2 ** (tried - 1), longestPauseMs);
      const pauseMs = longest / 2 + (Math.random() * longest) / 2;
      options.onNotice(
        `download of ${hideSecrets(download.url)} failed (${failure.text}); try ${tried + 1} of ${maxTries} in ${(pauseMs / 1000).toFixed(1)} s`,
      );
      await delay(pauseMs, undefined, { signal: options.signal });
    }
  }
}

/** An answer that says the file cannot be had. */
class RefusedError extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`the server answers ${status}${text === "" ? "" : ` ${text}`}`);
    this.status = status;
  }
}

async function downloadFile({ url, path }: Download, signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(new Error(`no data for ${silenceMs / 1000} s`)), silenceMs);
  const partial = partialPath(path);
  try {
    // Without "identity" the length would be that of the compressed bytes.
    const response = await fetch(url, {
      headers: { "accept-encoding": "identity", "user-agent": "batchwise" },
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok) throw new RefusedError(response.status, response.statusText);
    let bytes = 0;
    async function* count(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        bytes += chunk.byteLength;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(new Error(`no data for ${silenceMs / 1000} s`)), silenceMs);
        yield chunk;
      }
    }
    const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
    await pipeline(body, count, createWriteStream(partial, { mode: 0o600 }));
    const promised = response.headers.get("content-length");
    if (promised !== null && response.headers.get("content-encoding") === null && Number(promised) !== bytes) {
      throw new Error(`${bytes} bytes came, and ${promised} were promised`);
    }
    syncFile(partial);
    renameSync(partial, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function describeFailure(error: unknown): { readonly text: string; readonly mayPass: boolean } {
  if (error instanceof RefusedError) {
    // Too early, too many, or trouble of the server's own; any other refusal will be repeated.
    const mayPass = error.status >= 500 || error.status === 408 || error.status === 425 || error.status === 429;
    return { text: error.message, mayPass };
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return { text: cause instanceof Error ? cause.message : String(cause), mayPass: true };
}

/** The address without its query, which may hold a signature, and without a password. */
export function hideSecrets(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.origin}${parsed.pathname}`;
}
