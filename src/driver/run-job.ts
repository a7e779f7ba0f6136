/**
 * Runs one job in this process, from its folder: opens the ledger, starts listing and workers side by side, lets the JobDriver score, and ends it.
 * Everything that is started here is closed here.
 */

import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { Compute } from "../compute/compute.ts";
import { LocalCompute } from "../compute/local.ts";
import { BatchwiseError } from "../errors.ts";
import type { Listing } from "../input/input.ts";
import { startListing } from "../input/listing.ts";
import { LedgerReader } from "../output/ledger-reader.ts";
import { LedgerThread } from "../output/ledger-thread.ts";
import { firstPartId } from "../output/ledger-types.ts";
import { type JobPaths, jobPaths } from "../storage/job-paths.ts";
import { describeStorageError } from "../storage/storage-errors.ts";
import { BatchFates } from "./batch-fates.ts";
import { CommitBuffer } from "./commit-buffer.ts";
import { Deadlines } from "./deadlines.ts";
import { retryWhenDiskIsFull } from "./disk-wait.ts";
import { DispatchQueue } from "./dispatch-queue.ts";
import { type Logger, openDriverLog } from "./driver-log.ts";
import { endJob } from "./end-job.ts";
import { Isolation } from "./isolation.ts";
import { JobDriver } from "./job-driver.ts";
import type { JobEnd } from "./job-life.ts";
import type { DriverJob, JobHooks, JobOutcome, RunningJob } from "./job-outcome.ts";
import { MemoryFit } from "./memory-fit.ts";
import { type MiniBatch, newMiniBatch } from "./mini-batch.ts";
import { ProgressTicker } from "./progress-ticker.ts";
import { Supervision } from "./supervision.ts";
import { Tally } from "./tally.ts";
import { WorkerPool } from "./worker-pool.ts";

/** A chunk of the listing waits while this many mini-batches of the plan are not durable yet. */
const maxUncommittedPlan = 4096;
const superviseMs = 100;
/** For each mini-batch: 100,000 of them are planned within some five seconds even when nothing is taken. */
const fullQueueMs = 0.05;

/**
 * Starts a job and returns at once. The outcome never rejects for what a user can meet: it carries the error. The caller holds the job's lock.
 *
 * @example const running = runJob(job, { onProgress: show }); process.once("SIGINT", () => running.drain()); const outcome = await running.outcome;
 */
export function runJob(job: DriverJob, hooks: JobHooks = {}): RunningJob {
  const driver = new JobDriver();
  return {
    outcome: run(job, hooks, driver),
    drain: () => driver.drain(),
    stopNow: () => driver.life.stopNow(),
  };
}

async function run(job: DriverJob, hooks: JobHooks, driver: JobDriver): Promise<JobOutcome> {
  const startedMs = performance.now();
  const paths = jobPaths(job.folder);
  const compute: Compute = new LocalCompute(job.folder);
  // What a killed driver left behind: processes first, then their folders.
  if (!job.isNew) compute.sweepLeftovers();
  prepareFolders(paths);
  const opening = openLedger(job, paths);
  opening.catch(() => {});
  const log = openDriverLog(paths.driverLog);
  const pool = new WorkerPool(job, paths, compute, log, driver);
  const deadlines = new Deadlines(job.settings.timeoutMs);
  const memoryFit = job.settings.memory === "auto" ? new MemoryFit() : null;
  const supervision = new Supervision(job.settings, deadlines, log, {
    kill: (slot, reason) => pool.kill(slot, reason),
    recycle: (slot) => pool.recycle(slot),
    onUsage: (usage) => memoryFit?.observe(usage.rssBytes),
  });
  // The first worker of a new job starts while ledger and listing are opened; the others, and those of a resumed job, when there is work for them.
  if (job.isNew) pool.use(1);
  const tally = new Tally();
  const ticker = new ProgressTicker({ tally, pool, driver, hooks, startedMs, wanted: job.settings.workers });
  const timer = setInterval(() => {
    supervision.look(pool.slots);
    driver.watch();
    ticker.tick();
  }, superviseMs);
  let ledger: LedgerThread | null = null;
  try {
    ledger = await opening;
    const end = await score({ job, hooks, driver, ledger, pool, tally, paths, log, deadlines, memoryFit });
    if (end.kind === "finished") ticker.enter("publishing");
    return await endJob({ job, paths, ledger, pool, tally, driver, end, startedMs, log });
  } catch (error) {
    log.error({ err: error instanceof Error ? error.stack : String(error) }, "driver failed");
    await pool.killAll();
    throw error;
  } finally {
    clearInterval(timer);
    ticker.enter("ended");
    await ledger?.close();
    removeWorkerFolders(paths, log);
    log.info("driver ended");
  }
}

function prepareFolders(paths: JobPaths): void {
  try {
    rmSync(paths.workers, { recursive: true, force: true });
    for (const folder of [paths.logs, paths.workers, paths.spool]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw describeStorageError(error, "preparing the job folder", paths.folder);
  }
}

/** What cannot be removed now is removed by the next run; the job has ended and is not to fail for it. */
function removeWorkerFolders(paths: JobPaths, log: Logger): void {
  try {
    rmSync(paths.workers, { recursive: true, force: true });
  } catch (error) {
    log.warn({ err: String(error) }, "the workers' folders could not be removed");
  }
}

async function openLedger(job: DriverJob, paths: JobPaths): Promise<LedgerThread> {
  const { settings } = job;
  const ledger = await LedgerThread.open(paths.folder, {
    create: job.isNew,
    settings: {
      outputFolder: settings.outputPath ?? paths.defaultOutput,
      outputFileName: settings.outputFileName,
      outputAction: settings.outputAction,
      outputFormat: settings.outputFormat,
      onConflict: settings.onConflict,
      overwrite: settings.overwrite,
    },
  });
  try {
    if (job.retryFailed) await ledger.requeueQuarantined();
    if (job.replan) await ledger.replan(settings.miniBatchSize);
  } catch (error) {
    await ledger.close();
    throw error;
  }
  return ledger;
}

interface ScoreParts {
  readonly job: DriverJob;
  readonly hooks: JobHooks;
  readonly driver: JobDriver;
  readonly ledger: LedgerThread;
  readonly pool: WorkerPool;
  readonly tally: Tally;
  readonly paths: JobPaths;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly memoryFit: MemoryFit | null;
}

/** Scores until the job is over, one way or another; then nothing runs any more and all that was accepted is durable. */
async function score(parts: ScoreParts): Promise<JobEnd> {
  const { job, driver, ledger, pool, tally, log } = parts;
  const { settings } = job;
  const stock = await ledger.takeStock();
  tally.begin(stock.counts, stock.committed);
  if (stock.counts.failed > 0) recallReasons(tally, parts.paths);
  const queue = new DispatchQueue(
    async (afterId, maxBytes) =>
      (await readPending(ledger, afterId, maxBytes)).filter((batch) => batch.id < firstPartId),
    (error) => (error === null ? driver.wake() : driver.onStorageError(error)),
  );
  queue.expectPlanned(stock.nextPlannedId - 1);
  if (stock.lastPartId !== null) {
    const parts = await readPending(ledger, firstPartId - 1, Number.POSITIVE_INFINITY);
    for (const part of parts.toReversed()) queue.addAgain(part);
  }
  const planRoom = new PlanRoom();
  const commits = makeCommitBuffer(parts, planRoom);
  let listing: Listing | null = null;
  try {
    listing = await startListing({
      inputs: settings.inputs,
      include: settings.include,
      exclude: settings.exclude,
      miniBatchSize: settings.miniBatchSize,
      firstId: stock.nextPlannedId,
      firstItem: stock.nextItem,
      after: stock.cursor === null ? null : JSON.parse(stock.cursor),
    });
    const isolation = new Isolation(stock.lastPartId);
    const { isolateFailures } = settings;
    const fates = new BatchFates({ isolation, queue, commits, tally, isolateFailures, successes: stock.committed });
    driver.begin({ ...parts, queue, fates, commits });
    pool.begin({ epoch: stock.epoch, inputRoots: listing.roots });
    void ledger.setStatus("Running", null).catch((error) => driver.onStorageError(error));
    if (stock.counts.planComplete) driver.endPlan();
    else void plan(listing, driver, planRoom, log);
    const end = await driver.life.ended;
    if (end.kind !== "finished") await stopWorkers(pool, end, driver);
    await commits.flush();
    return end;
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    driver.life.fail(error);
    await pool.killAll();
    return await driver.life.ended;
  } finally {
    planRoom.close();
    commits.close();
    await listing?.close();
  }
}

/** Why items failed in earlier runs of the driver belongs into the summary of this one. */
function recallReasons(tally: Tally, paths: JobPaths): void {
  const reader = LedgerReader.open(paths.folder);
  try {
    for (const item of reader.unscoredItems()) tally.recallReason(item);
  } finally {
    reader.close();
  }
}

function makeCommitBuffer({ ledger, driver, hooks, log, paths }: ScoreParts, planRoom: PlanRoom): CommitBuffer {
  let isFirst = true;
  const commits: CommitBuffer = new CommitBuffer({
    commit: (group) =>
      retryWhenDiskIsFull(() => ledger.commit(group), {
        folder: paths.folder,
        bytesNeeded: () => commits.bytes,
        onWaiting: (text) => driver.pause(text),
        signal: driver.life.overSignal,
      }),
    frontier: () => driver.frontier(),
    onCommitted: (group) => {
      planRoom.give(group.plan.length);
      driver.onCommitted(group);
      if (!isFirst || group.results.length === 0) return;
      isFirst = false;
      log.info("first results durable");
      hooks.onFirstCommit?.();
    },
    onError: (error) => driver.onStorageError(error),
  });
  return commits;
}

/** Holds the listing back while too much of the plan is not durable yet. */
class PlanRoom {
  #taken = 0;
  #waiting: PromiseWithResolvers<void> | null = null;

  async take(miniBatches: number): Promise<void> {
    this.#taken += miniBatches;
    if (this.#taken < maxUncommittedPlan) return;
    this.#waiting ??= Promise.withResolvers<void>();
    await this.#waiting.promise;
  }

  give(miniBatches: number): void {
    this.#taken -= miniBatches;
    if (this.#taken < maxUncommittedPlan) this.close();
  }

  close(): void {
    this.#waiting?.resolve();
    this.#waiting = null;
  }
}

/** The listing's thread ended without a word: it found no memory, or no file descriptor to load its program with. */
function describeListingFailure(cause: unknown): BatchwiseError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new BatchwiseError("internal", `the listing failed: ${said}`, {
    hint: "nothing is lost: resume the job; when it fails again, see whether the machine's limits (ulimit -n, memory) are too low, and report it with logs/driver.log",
    cause,
  });
}

/** Feeds the listing to the driver, chunk by chunk, as fast as the plan becomes durable. */
async function plan(listing: Listing, driver: JobDriver, room: PlanRoom, log: Logger): Promise<void> {
  try {
    for (let chunk = await listing.next(); chunk !== null; chunk = await listing.next()) {
      if (driver.life.isOver) return;
      driver.addChunk(chunk);
      await room.take(chunk.miniBatches.length);
      // Workers that are fast soon make room for the next chunk, and nothing needs to be read back from the ledger; slow ones must not hold the plan up.
      if (driver.isQueueFull) await sleep(chunk.miniBatches.length * fullQueueMs);
    }
    if (driver.life.isOver) return;
    driver.endPlan();
    log.info("plan complete");
  } catch (error) {
    if (driver.life.isOver) return;
    driver.life.fail(error instanceof BatchwiseError ? error : describeListingFailure(error));
  }
}

/** After a drain the workers are idle and may end in order; otherwise they are killed. */
async function stopWorkers(pool: WorkerPool, end: JobEnd, driver: JobDriver): Promise<void> {
  if (end.kind === "interrupted" && driver.life.isDraining && pool.slots.every((slot) => slot.inFlight.size === 0))
    await pool.stop();
  else await pool.killAll();
}

/** Mini-batches that wait in the ledger, with an id above `afterId`, about `maxBytes` of them. */
async function readPending(ledger: LedgerThread, afterId: number, maxBytes: number): Promise<MiniBatch[]> {
  // 250 bytes is a typical payload; a page that turns out larger or smaller does no harm.
  const pending = await ledger.pending(afterId, Math.ceil(maxBytes / 250));
  const payloads = await ledger.payloads(pending.map((entry) => entry.id));
  return pending.map((entry, index) => {
    const payload = payloads[index]!;
    const batch = newMiniBatch({ ...entry, payload, crc: crc32(payload) });
    batch.failedAttempts = entry.failedAttempts;
    batch.lastAttempt = entry.lastAttempt;
    return batch;
  });
}
