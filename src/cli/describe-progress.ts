import type { ProgressSnapshot } from "../driver/job-outcome.ts";
import { formatCount, formatDuration, formatRate } from "./format.ts";
import { countEnded } from "./progress-view.ts";
import type { RateEstimator } from "./rate.ts";

/** How far a job is, in parts that are joined by the view; the most important first. */
export function describeProgress(snapshot: ProgressSnapshot, rate: RateEstimator): string[] {
  const { listed, planComplete, failed, skipped, workers, phase, waitingFor } = snapshot;
  const ended = countEnded(snapshot);
  const parts = [`${formatCount(ended)} of ${formatCount(listed)}${planComplete ? "" : "+ (listing)"} items`];
  if (phase === "running") parts.push(`${formatRate(rate.perSecond())} items/s`);
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  if (skipped > 0) parts.push(`${formatCount(skipped)} skipped`);
  if (phase !== "publishing") parts.push(describeWorkers(workers));
  if (phase === "draining") parts.push("stopping: running mini-batches finish");
  // While the listing goes on nobody knows what remains.
  const remaining = phase === "running" && planComplete ? rate.remainingMs(listed - ended) : null;
  if (remaining !== null) parts.push(`${formatDuration(remaining)} left`);
  if (waitingFor !== null) parts.push(waitingFor);
  return parts;
}

function describeWorkers({ wanted, starting, idle, busy }: ProgressSnapshot["workers"]): string {
  const up = idle + busy;
  const some = up === wanted ? String(up) : `${up} of ${wanted}`;
  return `${some} ${wanted === 1 ? "worker" : "workers"}${starting > 0 && up === 0 ? " (starting)" : ""}`;
}
