import type { JobDriver } from "./job-driver.ts";
import type { JobHooks, ProgressSnapshot } from "./job-outcome.ts";
import type { Tally } from "./tally.ts";
import type { WorkerPool } from "./worker-pool.ts";

interface TickerParts {
  readonly tally: Tally;
  readonly pool: WorkerPool;
  readonly driver: JobDriver;
  readonly hooks: JobHooks;
  readonly startedMs: number;
  readonly wanted: number;
}

/** Tells the hooks how the job is doing. */
export class ProgressTicker {
  readonly #parts: TickerParts;
  #phase: ProgressSnapshot["phase"] = "preparing";

  constructor(parts: TickerParts) {
    this.#parts = parts;
  }

  enter(phase: ProgressSnapshot["phase"]): void {
    this.#phase = phase;
    this.tick();
  }

  tick(): void {
    const { hooks, tally, pool, driver, startedMs, wanted } = this.#parts;
    if (hooks.onProgress === undefined) return;
    if (this.#phase === "preparing" && pool.slots.some((slot) => slot.state === "ready")) this.#phase = "running";
    if (this.#phase === "running" && driver.life.isDraining) this.#phase = "draining";
    const workers = { wanted, starting: 0, idle: 0, busy: 0 };
    for (const slot of pool.slots) {
      if (slot.state === "starting" || slot.state === "loading") workers.starting++;
      else if (slot.state === "ready") workers[slot.inFlight.size > 0 ? "busy" : "idle"]++;
    }
    hooks.onProgress({
      phase: this.#phase,
      listed: tally.listed,
      planComplete: tally.planComplete,
      scored: tally.scored,
      failed: tally.failed,
      skipped: tally.skipped,
      rows: tally.rows,
      rowsBytes: tally.rowsBytes,
      miniBatches: tally.miniBatches,
      miniBatchesDone: tally.miniBatchesDone,
      endedThisRun: tally.endedThisRun,
      workers,
      elapsedMs: performance.now() - startedMs,
      waitingFor: this.#findWait(workers),
    });
  }

  #findWait(workers: ProgressSnapshot["workers"]): string | null {
    const { tally } = this.#parts;
    const { driver } = this.#parts;
    if (driver.life.pausedFor !== null) return driver.life.pausedFor;
    if (this.#phase === "publishing") return "publishing the output";
    if (this.#phase === "ended" || workers.busy > 0) return null;
    if (workers.idle === 0 && workers.starting > 0) return "waiting for a worker to load the script and finish init()";
    if (workers.idle === 0) return "waiting for a worker to start";
    return tally.planComplete ? null : "waiting for the listing of the input";
  }
}
