/** Weight of the past fades by half in this time. */
const halfLifeMs = 10_000;
/** Before this an ETA would be a guess. */
const earliestMs = 3_000;

/**
 * Items a second, smoothed: recent speed counts most, so that the estimate follows when workers join or items grow heavier, and one slow mini-batch does not
 * make it jump.
 */
export class RateEstimator {
  #lastMs: number | null = null;
  #lastEnded = 0;
  #items = 0;
  #milliseconds = 0;
  #firstMs = 0;

  /** Takes the count of ended items at a time. */
  add(elapsedMs: number, ended: number): void {
    if (this.#lastMs === null) {
      this.#lastMs = elapsedMs;
      this.#firstMs = elapsedMs;
      this.#lastEnded = ended;
      return;
    }
    const passed = elapsedMs - this.#lastMs;
    if (passed <= 0) return;
    const fade = 0.5 ** (passed / halfLifeMs);
    this.#items = this.#items * fade + (ended - this.#lastEnded);
    this.#milliseconds = this.#milliseconds * fade + passed;
    this.#lastMs = elapsedMs;
    this.#lastEnded = ended;
  }

  /** Items a second; 0 while nothing ended. */
  perSecond(): number {
    return this.#milliseconds === 0 ? 0 : (this.#items * 1000) / this.#milliseconds;
  }

  /** Milliseconds until `remaining` items have ended, or null when it is too early to tell. */
  remainingMs(remaining: number): number | null {
    const rate = this.perSecond();
    if (this.#lastMs === null || this.#lastMs - this.#firstMs < earliestMs || rate <= 0) return null;
    return (remaining / rate) * 1000;
  }
}
