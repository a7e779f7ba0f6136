import type { JobOutcome, ProgressSnapshot } from "../driver/job-outcome.ts";

/** Shows how a job goes on. */
export interface ProgressView {
  update(snapshot: ProgressSnapshot): void;
  /** A line that stays: a notice, a step of building an environment. */
  note(text: string): void;
  /** Takes away what is not to stay; nothing is shown afterwards. */
  end(): void;
  /** Shows the outcome; true when the view has done so itself and no summary for people is wanted. */
  showOutcome(outcome: JobOutcome): boolean;
}

/** Items that have ended: scored, failed or skipped. */
export function countEnded(snapshot: ProgressSnapshot): number {
  return snapshot.scored + snapshot.failed + snapshot.skipped;
}
