import type { ComputeRecord } from "./records.ts";
import { insertSql, type Row, readInteger, readJson, readText, readTextOrNull, updateOnConflict } from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = [
  "name",
  "type",
  "description",
  "tags_json",
  "max_jobs",
  "max_instances",
  "properties_json",
  "created_at",
  "modified_at",
] as const;

const putSql = insertSql("compute", columns, updateOnConflict(columns, ["name"]));

/** `local` is always there. */
export class ComputeTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Looked up without regard to case. */
  get(name: string): ComputeRecord | null {
    const row = this.#statements.get("SELECT * FROM compute WHERE name = ?").get(name);
    return row === undefined ? null : toRecord(row);
  }

  list(): ComputeRecord[] {
    return this.#statements.get("SELECT * FROM compute ORDER BY name").all().map(toRecord);
  }

  put(record: ComputeRecord): void {
    this.#statements.get(putSql).run({
      name: record.name,
      type: record.type,
      description: record.description,
      tags_json: JSON.stringify(record.tags),
      max_jobs: record.maxJobs,
      max_instances: record.maxInstances,
      properties_json: JSON.stringify(record.properties),
      created_at: record.createdAt,
      modified_at: record.modifiedAt,
    });
  }

  remove(name: string): boolean {
    return this.#statements.get("DELETE FROM compute WHERE name = ?").run(name).changes === 1;
  }
}

function toRecord(row: Row): ComputeRecord {
  return {
    name: readText(row, "name"),
    type: readText(row, "type") as ComputeRecord["type"],
    description: readTextOrNull(row, "description"),
    tags: readJson(row, "tags_json"),
    maxJobs: readInteger(row, "max_jobs"),
    maxInstances: row.max_instances === null ? null : readInteger(row, "max_instances"),
    properties: readJson(row, "properties_json"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}
