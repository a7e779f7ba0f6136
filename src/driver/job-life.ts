import type { BatchwiseError } from "../errors.ts";

/** How a job's scoring came to its end. `interrupted` without an error: the user stopped it. */
export type JobEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "interrupted"; readonly error: BatchwiseError | null }
  | { readonly kind: "failed"; readonly error: BatchwiseError };

/**
 * Where a job is between begin and end.
 *
 *   scoring ──(everything ended)──► finished
 *      │ ├──(drain, then the running ones are done | stop now)──► interrupted
 *      └─┴──(threshold, no worker can start, storage, bug)──► failed
 *
 * The first end counts. While it is paused or draining nothing new is dispatched.
 */
export class JobLife {
  readonly ended: Promise<JobEnd>;
  readonly #end = Promise.withResolvers<JobEnd>();
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  #isDraining = false;
  /** Why nothing is dispatched at the moment, or null. */
  pausedFor: string | null = null;

  constructor() {
    this.ended = this.#end.promise;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get mayDispatch(): boolean {
    return !this.isOver && !this.#isDraining && this.pausedFor === null;
  }

  /** Aborted when the job is over: waits for space on the disk end with it. */
  get overSignal(): AbortSignal {
    return this.#over.signal;
  }

  /** Aborted when the user asks to stop, also while the output is being published. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** True when it was not draining before. */
  drain(): boolean {
    this.#stop.abort();
    if (this.#isDraining || this.isOver) return false;
    this.#isDraining = true;
    return true;
  }

  stopNow(): void {
    this.#stop.abort();
    this.finish({ kind: "interrupted", error: null });
  }

  finish(end: JobEnd): void {
    if (this.isOver) return;
    this.#end.resolve(end);
    this.#over.abort();
  }

  fail(error: BatchwiseError): void {
    this.finish({ kind: "failed", error });
  }
}
