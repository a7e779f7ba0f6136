import type { ProgressSnapshot } from "../driver/job-outcome.ts";
import { describeProgress } from "./describe-progress.ts";
import type { ProgressView } from "./progress-view.ts";
import { RateEstimator } from "./rate.ts";
import { showText, type TextStream } from "./terminal.ts";

const firstIntervalMs = 2_000;
const longestIntervalMs = 60_000;

/** A line now and then, for log files: often at first, at last once a minute. */
export class PlainProgress implements ProgressView {
  readonly #stream: TextStream;
  readonly #rate = new RateEstimator();
  #nextMs = firstIntervalMs;
  #intervalMs = firstIntervalMs;
  #lastWaiting: string | null = null;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  update(snapshot: ProgressSnapshot): void {
    this.#rate.add(snapshot.elapsedMs, snapshot.endedThisRun);
    const waitsAnew = snapshot.waitingFor !== this.#lastWaiting && snapshot.elapsedMs >= firstIntervalMs;
    if (snapshot.phase === "ended" || (snapshot.elapsedMs < this.#nextMs && !waitsAnew)) return;
    this.#lastWaiting = snapshot.waitingFor;
    if (!waitsAnew) this.#intervalMs = Math.min(this.#intervalMs * 1.5, longestIntervalMs);
    this.#nextMs = snapshot.elapsedMs + this.#intervalMs;
    this.note(describeProgress(snapshot, this.#rate).join(", "));
  }

  note(text: string): void {
    this.#stream.write(`${showText(text)}\n`);
  }

  end(): void {}

  showOutcome(): boolean {
    return false;
  }
}
