import { existsSync, readdirSync, statSync } from "node:fs";
import type { Catalog } from "../catalog/catalog.ts";
import type { JobFilter } from "../catalog/job-table.ts";
import type { JobRecord } from "../catalog/records.ts";
import { BatchwiseError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { homePaths, jobFolderOf } from "./home.ts";
import { type JobStatusWord, readJobStatus } from "./job-status.ts";

export interface ListedJob {
  readonly record: JobRecord;
  readonly status: JobStatusWord;
}

/**
 * Jobs, the newest first: those of the catalog and, unless one endpoint's are asked for, those that `batchwise score` made without it. Of the catalog's only the
 * folders of jobs that are not over are looked at, so that ten thousand of them take no time.
 */
export function listJobs(catalog: Catalog, filter: JobFilter = {}): ListedJob[] {
  const limit = filter.limit ?? Number.POSITIVE_INFINITY;
  const listed = catalog.jobs.list(filter).map((record) => ({ record, status: findStatus(catalog.home, record) }));
  if (filter.endpoint !== undefined || filter.archived === "only") return listed;
  const unlisted = listFolders(catalog, limit).map((record) => ({ record, status: findStatus(catalog.home, record) }));
  if (unlisted.length === 0) return listed;
  return [...listed, ...unlisted].sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt)).slice(0, limit);
}

/** Records for the newest job folders that the catalog does not know. */
function listFolders(catalog: Catalog, limit: number): JobRecord[] {
  const { jobs } = homePaths(catalog.home);
  const known = new Set(catalog.jobs.listNames());
  const found: { name: string; createdMs: number }[] = [];
  for (const name of existsSync(jobs) ? readdirSync(jobs) : []) {
    if (known.has(name) || name.startsWith(".")) continue;
    const request = statSync(jobPaths(jobFolderOf(catalog.home, name)).request, { throwIfNoEntry: false });
    if (request !== undefined) found.push({ name, createdMs: request.birthtimeMs });
  }
  found.sort((a, b) => b.createdMs - a.createdMs);
  return found.slice(0, limit).map(({ name, createdMs }) => describeFolder(name, new Date(createdMs).toISOString()));
}

function describeFolder(name: string, createdAt: string): JobRecord {
  return {
    name,
    endpoint: null,
    deployment: null,
    compute: "local",
    displayName: name,
    experiment: "score",
    description: null,
    tags: {},
    properties: {},
    stage: "started",
    status: "Running",
    place: 0,
    archived: false,
    clientKey: null,
    autoResume: false,
    resumes: 0,
    createdAt,
    modifiedAt: createdAt,
  };
}

function findStatus(home: string, record: JobRecord): JobStatusWord {
  if (record.stage === "ended") return record.status as JobStatusWord;
  try {
    return readJobStatus(home, record.name, record).status;
  } catch (error) {
    // One damaged folder must not hide the others; `job show` tells what is wrong with it.
    if (error instanceof BatchwiseError) return "NotResponding";
    throw error;
  }
}
