import type { JobRecord } from "./records.ts";
import { insertSql, type Row, readFlag, readInteger, readJson, readText, readTextOrNull, toSqlFlag } from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = [
  "name",
  "endpoint",
  "deployment",
  "compute",
  "display_name",
  "experiment",
  "description",
  "tags_json",
  "properties_json",
  "stage",
  "status",
  "archived",
  "client_key",
  "auto_resume",
  "resumes",
  "created_at",
  "modified_at",
] as const;

const addSql = insertSql("job", columns);
const updateSql = `UPDATE job SET ${columns
  .filter((column) => column !== "name" && column !== "created_at")
  .map((column) => `${column} = :${column}`)
  .join(", ")} WHERE name = :name`;

/** A job before the catalog gave it its place and its times. */
export type NewJob = Omit<JobRecord, "place" | "createdAt" | "modifiedAt">;

/** What may change about a job. */
export type JobChanges = Partial<Omit<JobRecord, "name" | "place" | "createdAt" | "modifiedAt">>;

export interface JobFilter {
  readonly endpoint?: string;
  readonly deployment?: string;
  readonly archived?: "exclude" | "include" | "only";
  readonly limit?: number | null;
}

export class JobTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  get(name: string): JobRecord | null {
    return this.#one(this.#statements.get("SELECT * FROM job WHERE name = ?").get(name));
  }

  findByClientKey(key: string): JobRecord | null {
    return this.#one(this.#statements.get("SELECT * FROM job WHERE client_key = ?").get(key));
  }

  /** Newest first. */
  list(filter: JobFilter = {}): JobRecord[] {
    const conditions: string[] = [];
    const values: string[] = [];
    if (filter.endpoint !== undefined) {
      conditions.push("endpoint = ?");
      values.push(filter.endpoint);
    }
    if (filter.deployment !== undefined) {
      conditions.push("deployment = ?");
      values.push(filter.deployment);
    }
    const archived = filter.archived ?? "exclude";
    if (archived !== "include") conditions.push(`archived = ${archived === "only" ? 1 : 0}`);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#statements
      .get(`SELECT * FROM job ${where} ORDER BY place DESC LIMIT ?`)
      .all(...values, filter.limit ?? -1)
      .map(toRecord);
  }

  /** Jobs that are not over, in the order of the queue: on one compute, or on all. */
  listUnfinished(compute?: string): JobRecord[] {
    const rows =
      compute === undefined
        ? this.#statements.get("SELECT * FROM job WHERE stage <> 'ended' ORDER BY place").all()
        : this.#statements.get("SELECT * FROM job WHERE stage <> 'ended' AND compute = ? ORDER BY place").all(compute);
    return rows.map(toRecord);
  }

  /** Names of all jobs, archived ones too. */
  listNames(): string[] {
    return this.#statements
      .get("SELECT name FROM job")
      .all()
      .map((row) => readText(row, "name"));
  }

  /** Computes that have jobs which are not over. */
  listBusyComputes(): string[] {
    return this.#statements
      .get("SELECT DISTINCT compute FROM job WHERE stage <> 'ended'")
      .all()
      .map((row) => readText(row, "compute"));
  }

  /** The same as `listUnfinished`, with no more than `waiting` of those that wait: a queue may hold thousands. */
  listHead(compute: string, waiting: number): JobRecord[] {
    const started = this.#statements
      .get("SELECT * FROM job WHERE stage <> 'ended' AND stage = 'started' AND compute = ?")
      .all(compute);
    const queued = this.#statements
      .get("SELECT * FROM job WHERE stage <> 'ended' AND stage = 'queued' AND compute = ? ORDER BY place LIMIT ?")
      .all(compute, waiting);
    return [...started, ...queued].map(toRecord).sort((a, b) => a.place - b.place);
  }

  /** Adds a job at the end of the queue. Throws SQLite's constraint error when name or client key are taken: look first, in one transaction. */
  add(job: NewJob): JobRecord {
    const now = new Date().toISOString();
    const added = this.#statements.get(addSql).run({ ...toColumns(job), created_at: now, modified_at: now });
    return { ...job, place: Number(added.lastInsertRowid), createdAt: now, modifiedAt: now };
  }

  /** The job with its changes; null when it is not there. */
  update(name: string, changes: JobChanges): JobRecord | null {
    const current = this.get(name);
    if (current === null) return null;
    const next: JobRecord = { ...current, ...changes, modifiedAt: new Date().toISOString() };
    this.#statements.get(updateSql).run({ ...toColumns(next), modified_at: next.modifiedAt });
    return next;
  }

  remove(name: string): boolean {
    return this.#statements.get("DELETE FROM job WHERE name = ?").run(name).changes === 1;
  }

  #one(row: Row | undefined): JobRecord | null {
    return row === undefined ? null : toRecord(row);
  }
}

function toColumns(job: NewJob) {
  return {
    name: job.name,
    endpoint: job.endpoint,
    deployment: job.deployment,
    compute: job.compute,
    display_name: job.displayName,
    experiment: job.experiment,
    description: job.description,
    tags_json: JSON.stringify(job.tags),
    properties_json: JSON.stringify(job.properties),
    stage: job.stage,
    status: job.status,
    archived: toSqlFlag(job.archived),
    client_key: job.clientKey,
    auto_resume: toSqlFlag(job.autoResume),
    resumes: job.resumes,
  };
}

function toRecord(row: Row): JobRecord {
  return {
    name: readText(row, "name"),
    endpoint: readTextOrNull(row, "endpoint"),
    deployment: readTextOrNull(row, "deployment"),
    compute: readText(row, "compute"),
    displayName: readTextOrNull(row, "display_name"),
    experiment: readTextOrNull(row, "experiment"),
    description: readTextOrNull(row, "description"),
    tags: readJson(row, "tags_json"),
    properties: readJson(row, "properties_json"),
    stage: readText(row, "stage") as JobRecord["stage"],
    status: readText(row, "status"),
    place: readInteger(row, "place"),
    archived: readFlag(row, "archived"),
    clientKey: readTextOrNull(row, "client_key"),
    autoResume: readFlag(row, "auto_resume"),
    resumes: readInteger(row, "resumes"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}
