import { parentPort, workerData } from "node:worker_threads";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { InputEntries } from "./entries.ts";
import type { ListingMessage, ListingThreadData } from "./listing-messages.ts";
import { packEntries } from "./pack.ts";

/**
 * The listing thread: walks, packs and posts chunks. Before each chunk it takes one of the permits that `Listing.next` gives back; without one it sleeps.
 * It is synchronous from end to end, and `close` terminates it wherever it is.
 */

const { inputs, include, exclude, after, miniBatchSize, permits } = workerData as ListingThreadData;

try {
  for (const chunk of packEntries(new InputEntries(inputs, await compileFilters(), after), miniBatchSize)) {
    takePermit();
    post({ kind: "chunk", chunk }, [chunk.payloads, chunk.columns.buffer]);
  }
  post({ kind: "end" });
} catch (error) {
  const { code, message, hint } = explainFailure(error);
  post({ kind: "error", code, message, hint });
}

/** Inside an input, what cannot be read is a rejected entry; here it is an input itself, which was there when the listing began. */
function explainFailure(error: unknown): BatchwiseError {
  if (error instanceof BatchwiseError) return error;
  if (!isSystemError(error)) throw error;
  return new BatchwiseError("input_unreadable", `listing the input: ${error.message}`, { cause: error });
}

/** picomatch is loaded only where there is something to match: it would cost the first chunk some milliseconds. */
async function compileFilters() {
  const hasGlobs = include.length > 0 || exclude.length > 0 || inputs.some((input) => input.kind === "glob");
  if (!hasGlobs) return inputs.map(() => null);
  const { compileFilter } = await import("./globs.ts");
  return inputs.map((input) => compileFilter(input.kind === "glob" ? input.pattern : null, include, exclude));
}

function takePermit(): void {
  while (Atomics.sub(permits, 0, 1) <= 0) {
    Atomics.add(permits, 0, 1);
    Atomics.wait(permits, 0, 0);
  }
}

function post(message: ListingMessage, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}
