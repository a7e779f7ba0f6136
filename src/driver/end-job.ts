import { join } from "node:path";
import { BatchwiseError } from "../errors.ts";
import type { LedgerThread } from "../output/ledger-thread.ts";
import type { PublishedOutput } from "../output/ledger-types.ts";
import type { JobPaths } from "../storage/job-paths.ts";
import { retryWhenDiskIsFull } from "./disk-wait.ts";
import type { Logger } from "./driver-log.ts";
import type { JobDriver } from "./job-driver.ts";
import type { JobEnd } from "./job-life.ts";
import type { DriverJob, JobOutcome } from "./job-outcome.ts";
import type { Tally } from "./tally.ts";
import type { WorkerPool } from "./worker-pool.ts";

interface EndParts {
  readonly job: DriverJob;
  readonly paths: JobPaths;
  readonly ledger: LedgerThread;
  readonly pool: WorkerPool;
  readonly tally: Tally;
  readonly driver: JobDriver;
  readonly end: JobEnd;
  readonly startedMs: number;
  readonly log: Logger;
}

/** Ends a job whose mini-batches have all ended, or that was stopped: accounts, publishes while the workers shut down, and says what happened. */
export async function endJob(parts: EndParts): Promise<JobOutcome> {
  const { pool, log, end } = parts;
  const workersGone = end.kind === "finished" ? pool.stop() : Promise.resolve();
  const result = end.kind === "finished" ? await publish(parts) : { end, published: null };
  const failedItemsFile = await writeFailedItems(parts, result.end);
  await workersGone;
  const status = await recordStatus(parts, result.end);
  log.info({ status, ...counts(parts.tally) }, "job ended");
  return describeOutcome(parts, result, status, failedItemsFile);
}

interface EndResult {
  readonly end: JobEnd;
  readonly published: PublishedOutput | null;
}

async function publish(parts: EndParts): Promise<EndResult> {
  const { ledger, tally, job, driver } = parts;
  try {
    tally.assertComplete();
    await ledger.verifyAccounting();
    if (tally.listed > 0 && tally.scored === 0) throw describeAllFailed(parts);
    await ledger.setStatus("Finalizing", null);
    const published = await retryWhenDiskIsFull(() => ledger.publish(), {
      folder: job.settings.outputPath ?? parts.paths.folder,
      bytesNeeded: () => tally.rowsBytes,
      onWaiting: (text) => driver.pause(text),
      signal: driver.life.stopSignal,
    });
    return { end: parts.end, published };
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    const isStorage = error.code === "disk_full" || error.code === "storage_failed" || error.code === "output_exists";
    parts.log.error({ code: error.code, job: job.settings.name }, error.message);
    return { end: isStorage ? { kind: "interrupted", error } : { kind: "failed", error }, published: null };
  }
}

function describeAllFailed({ tally, job }: EndParts): BatchwiseError {
  const [top] = tally.topReasons(1);
  // Some exceptions have no message (bdb.BdbQuit): then their type says more than nothing.
  const detail = top?.message || top?.errorType;
  const example = top === undefined ? "" : `; most often: ${top.reason}${detail ? ` (${detail})` : ""}`;
  return new BatchwiseError("all_items_failed", `not one of ${tally.listed} items was scored${example}`, {
    hint: `mend the cause, then: batchwise resume ${job.settings.name} --retry-failed (and --script FILE when you change the script: the job has a copy of its own)`,
  });
}

async function writeFailedItems({ job, ledger, paths, tally }: EndParts, end: JobEnd): Promise<string | null> {
  if (!canWrite(end)) return null;
  // A job that goes on may have mended what an earlier run listed: the file is then removed.
  if (tally.failed > 0 || !job.isNew) await ledger.writeFailedItems();
  return tally.failed > 0 ? paths.failedItems : null;
}

/** A ledger on a broken disk is not asked for more. */
function canWrite(end: JobEnd): boolean {
  return !(end.kind === "interrupted" && end.error !== null);
}

async function recordStatus({ ledger, log }: EndParts, end: JobEnd): Promise<JobOutcome["status"]> {
  const status = end.kind === "finished" ? "Completed" : end.kind === "failed" ? "Failed" : "Interrupted";
  // An interrupted job is neither completed nor failed: its folder says "Running" without a driver, which readers show as resumable.
  if (status === "Interrupted") return status;
  try {
    await ledger.setStatus(status, end.kind === "failed" ? end.error.message : null);
  } catch (error) {
    log.error({ err: String(error) }, "the job's status could not be written");
  }
  return status;
}

const counts = ({ listed, scored, failed, skipped, rows, rowsBytes, miniBatches }: Tally) => ({
  listed,
  scored,
  failed,
  skipped,
  rows,
  rowsBytes,
  miniBatches,
});

function describeOutcome(
  parts: EndParts,
  { end, published }: EndResult,
  status: JobOutcome["status"],
  failedItemsFile: string | null,
): JobOutcome {
  const { tally, driver, job, startedMs } = parts;
  const dispatchedMs = driver.firstDispatchMs === null ? 0 : Math.max(0, driver.lastResultMs - driver.firstDispatchMs);
  return {
    status,
    ...counts(tally),
    wallMs: performance.now() - startedMs,
    endedThisRun: tally.endedThisRun,
    runMs: tally.runUs / 1000,
    workerMs: dispatchedMs * job.settings.workers,
    workers: job.settings.workers,
    outputFolder: published?.folder ?? null,
    outputFile:
      published?.rowsFile == null || published.folder === null
        ? null
        : join(published.folder, job.settings.outputFileName),
    scriptFiles: published?.files ?? 0,
    topReasons: tally.topReasons(3),
    failedItemsFile,
    error: end.kind === "finished" ? null : end.error,
    resumable: status !== "Completed" || tally.failed > 0,
  };
}
