import { readFileSync } from "node:fs";
import type { ComputeRecord } from "../catalog/records.ts";
import { isSystemError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";

/** What a job takes up beside its slot. */
export interface Demand {
  readonly workers: number;
  readonly gpus: number;
}

/** Slots of a compute that nobody has made (a job may name one that was deleted). */
const defaultSlots = 2;

/**
 * What is free on a compute: slots (`max_jobs`), and workers and GPUs where the compute has `max_workers` or `gpus`. A job that asks for more than the compute
 * has runs when it is alone.
 */
export class Room {
  readonly slots: number;
  readonly #workers: number;
  readonly #gpus: number;
  #jobsIn = 0;
  #workersIn = 0;
  #gpusIn = 0;

  constructor(compute: ComputeRecord | null) {
    this.slots = compute?.maxJobs ?? defaultSlots;
    this.#workers = readLimit(compute, "max_workers");
    this.#gpus = readLimit(compute, "gpus");
  }

  /** Whether it matters what jobs ask for beside a slot. */
  get countsDemand(): boolean {
    return Number.isFinite(this.#workers) || Number.isFinite(this.#gpus);
  }

  /** True when there is a slot; whether the next job fits may depend on more. */
  get isOpen(): boolean {
    return this.#jobsIn < this.slots;
  }

  fits({ workers, gpus }: Demand): boolean {
    if (this.#jobsIn === 0) return true;
    return this.isOpen && this.#workersIn + workers <= this.#workers && this.#gpusIn + gpus <= this.#gpus;
  }

  take({ workers, gpus }: Demand): void {
    this.#jobsIn++;
    this.#workersIn += workers;
    this.#gpusIn += gpus;
  }
}

function readLimit(compute: ComputeRecord | null, key: string): number {
  const value = compute?.properties[key];
  return typeof value === "number" && value > 0 ? value : Number.POSITIVE_INFINITY;
}

/** What a job asks for, from its `job.json`, without the schema: queues are looked at by every command. */
export function readDemand(folder: string): Demand {
  try {
    const { settings } = JSON.parse(readFileSync(jobPaths(folder).request, "utf8"));
    const workers = Number(settings.workers) || 1;
    return { workers, gpus: workers * (Number(settings.gpusPerWorker) || 0) };
  } catch (error) {
    // A folder that is damaged or gone: its driver will say so.
    if (error instanceof SyntaxError || error instanceof TypeError || isSystemError(error))
      return { workers: 1, gpus: 0 };
    throw error;
  }
}
