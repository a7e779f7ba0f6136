/**
 * The queues of the computes, kept by whoever comes by: there is no daemon. A job's record goes
 *
 *   queued ──(a slot is free: a driver is started)──► started ──(the folder says how it ended)──► ended
 *     │                                                │   ▲
 *     └──(cancelled)──► ended                          └───┘ (its driver is gone: started again when `auto_resume` allows it, else it stays, NotResponding)
 *
 * The record only says what lists and queues need; what a job is doing is read from its folder. Everything here happens inside one transaction of the catalog, the
 * start of drivers included, so two processes never give away the same slot. What survives a `kill -9` between the start of a driver and the end of the
 * transaction: a record that still says `queued` for a job that has a driver, which the next process puts right.
 *
 * On each compute jobs start in the order of their submission; one that has to wait for more room than a slot (workers, GPUs) is not overtaken.
 */

import type { Catalog } from "../catalog/catalog.ts";
import type { JobChanges } from "../catalog/job-table.ts";
import type { JobRecord } from "../catalog/records.ts";
import { BatchwiseError } from "../errors.ts";
import { hasDriver, readStartedDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";
import { type JobState, readJobStatus } from "./job-status.ts";
import { type Demand, Room, readDemand } from "./room.ts";
import { startDriver } from "./start-driver.ts";

/** A job that dies this often without a mini-batch in between is not resumed by itself any more. */
const maxResumesWithoutProgress = 3;

export interface HealReport {
  /** Jobs that were given a driver, in this order. */
  readonly started: readonly string[];
  /** Why no driver could be started, when none could. */
  readonly problem: BatchwiseError | null;
}

export interface HealOptions {
  /** The job that this process drove and has let go of, though the process still lives. */
  readonly released?: string;
}

/** Takes note of what has ended, resumes what may be resumed by itself, and starts what has room. Every command calls it; it takes a few milliseconds. */
export function healJobs(catalog: Catalog, options: HealOptions = {}): HealReport {
  // Most commands find nothing to do, and need not keep others from writing.
  if (!needsWork(catalog, options)) return { started: [], problem: null };
  return catalog.transaction(() => {
    const report: Report = { started: [], problem: null };
    for (const compute of catalog.jobs.listBusyComputes()) healCompute(catalog, compute, options, report);
    return report;
  });
}

type Report = { started: string[]; problem: BatchwiseError | null };

/** A look without a transaction; what it sees may have changed a moment later, and then the one who changed it heals. */
function needsWork(catalog: Catalog, options: HealOptions): boolean {
  for (const compute of catalog.jobs.listBusyComputes()) {
    const room = new Room(catalog.computes.get(compute));
    const records = listHead(catalog, compute, room);
    for (const record of listRecent(records, room)) {
      const driven = isDriven(catalog.home, record, options);
      if (driven) room.take(demandOf(catalog.home, record, room));
      const shouldBeDriven = record.stage === "started" && record.status !== "NotResponding";
      if (driven !== shouldBeDriven) return true;
    }
    if (room.isOpen && records.some((record) => record.stage === "queued")) return true;
  }
  return false;
}

/** Some more than can start, since the first ones may turn out to be cancelled; the next heal sees further. */
function listHead(catalog: Catalog, compute: string, room: Room): JobRecord[] {
  return catalog.jobs.listHead(compute, room.slots + 100);
}

/**
 * The jobs of a compute that may have a driver: those that were started, and the first of the queue, which a process may have started that was killed before it
 * could say so. A queue of thousands is not looked through.
 */
function listRecent(records: readonly JobRecord[], room: Room): JobRecord[] {
  let waiting = 0;
  return records.filter((record) => record.stage === "started" || ++waiting <= room.slots);
}

/** First what runs and what has ended, so that the room is known; then what waits, in order, as long as there is room. */
function healCompute(catalog: Catalog, compute: string, options: HealOptions, report: Report): void {
  const room = new Room(catalog.computes.get(compute));
  const records = listHead(catalog, compute, room);
  const standings = new Map<JobRecord, Standing>();
  for (const record of listRecent(records, room)) {
    const standing = reconcileJob(catalog, record, options);
    standings.set(record, standing);
    if (standing.next === "runs") room.take(demandOf(catalog.home, record, room));
  }
  for (const record of records) {
    if (!room.isOpen || report.problem !== null) return;
    const standing = standings.get(record) ?? reconcileJob(catalog, record, options);
    if (!standings.has(record) && standing.next === "runs") room.take(demandOf(catalog.home, record, room));
    if (standing.next === "start" && !startJob(catalog, standing, room, report)) return;
  }
}

function isDriven(home: string, record: JobRecord, { released }: HealOptions): boolean {
  return record.name !== released && hasDriver(jobFolderOf(home, record.name));
}

/** A job as it stands: what it needs next. */
interface Standing {
  readonly record: JobRecord;
  readonly next: "nothing" | "runs" | "start";
  /** Mini-batches that are done, for jobs that are to be started. */
  readonly done: number;
  readonly resumes: number;
}

/** Brings a record up to date with its folder. */
function reconcileJob(catalog: Catalog, record: JobRecord, options: HealOptions): Standing {
  const { home } = catalog;
  const standing = { record, done: 0, resumes: record.resumes };
  if (isDriven(home, record, options)) {
    if (record.stage === "queued" || record.status === "NotResponding") {
      change(catalog, record, { stage: "started", status: "Running" });
    }
    return { ...standing, next: "runs" };
  }
  const state = readStateQuietly(home, record);
  switch (state.status) {
    case "Queued":
      return { ...standing, next: "start" };
    case "Completed":
    case "Failed":
    case "Canceled":
      change(catalog, record, { stage: "ended", status: state.status });
      return { ...standing, next: "nothing" };
    default:
      return judgeStranded(catalog, record, state);
  }
}

/** A job whose driver is gone before its end. */
function judgeStranded(catalog: Catalog, record: JobRecord, state: JobState): Standing {
  const done = state.counts?.miniBatchesDone ?? 0;
  const hasProgressed = done > (readStartedDriver(jobFolderOf(catalog.home, record.name))?.doneBefore ?? 0);
  const resumes = hasProgressed ? 0 : record.resumes;
  const mayResume = record.autoResume && state.resumable && resumes < maxResumesWithoutProgress;
  if (!mayResume && record.status !== "NotResponding")
    change(catalog, record, { stage: "started", status: "NotResponding" });
  return { record, next: mayResume ? "start" : "nothing", done, resumes: resumes + 1 };
}

/** A folder that cannot be read must not stop the queue for all others. */
function readStateQuietly(home: string, record: JobRecord): JobState {
  try {
    return readJobStatus(home, record.name, record, { driven: false });
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    const { code, message, hint } = error;
    return {
      status: "Failed",
      resumable: false,
      resumeCommand: null,
      counts: null,
      published: null,
      error: { code, message, hint: hint ?? null },
      sinceMs: null,
    };
  }
}

/** False when there is no room for it, or no driver can be started: those behind it wait as well. */
function startJob(catalog: Catalog, { record, done, resumes }: Standing, room: Room, report: Report): boolean {
  const demand = demandOf(catalog.home, record, room);
  if (!room.fits(demand)) return false;
  try {
    startDriver(catalog.home, record.name, done);
  } catch (error) {
    // No memory or too many processes: the queue stays as it is, and the next command tries again.
    report.problem =
      error instanceof BatchwiseError
        ? error
        : new BatchwiseError("driver_unstartable", `cannot start a driver for job ${record.name}`, { cause: error });
    return false;
  }
  room.take(demand);
  report.started.push(record.name);
  change(catalog, record, { stage: "started", status: "Preparing", resumes: record.stage === "queued" ? 0 : resumes });
  return true;
}

/** Read from the job folder only where somebody has set a limit. */
function demandOf(home: string, record: JobRecord, room: Room): Demand {
  return room.countsDemand ? readDemand(jobFolderOf(home, record.name)) : { workers: 0, gpus: 0 };
}

function change(catalog: Catalog, record: JobRecord, changes: JobChanges): void {
  catalog.jobs.update(record.name, changes);
}
