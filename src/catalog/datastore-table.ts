import type { DatastoreRecord } from "./records.ts";
import { insertSql, type Row, readJson, readText, readTextOrNull, updateOnConflict } from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = ["name", "type", "description", "tags_json", "properties_json", "created_at", "modified_at"] as const;

const putSql = insertSql("datastore", columns, updateOnConflict(columns, ["name"]));

/** `workspaceblobstore` and `workspaceartifactstore` are always there. */
export class DatastoreTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Looked up without regard to case. */
  get(name: string): DatastoreRecord | null {
    const row = this.#statements.get("SELECT * FROM datastore WHERE name = ?").get(name);
    return row === undefined ? null : toRecord(row);
  }

  list(): DatastoreRecord[] {
    return this.#statements.get("SELECT * FROM datastore ORDER BY name").all().map(toRecord);
  }

  put(record: DatastoreRecord): void {
    this.#statements.get(putSql).run({
      name: record.name,
      type: record.type,
      description: record.description,
      tags_json: JSON.stringify(record.tags),
      properties_json: JSON.stringify(record.properties),
      created_at: record.createdAt,
      modified_at: record.modifiedAt,
    });
  }

  remove(name: string): boolean {
    return this.#statements.get("DELETE FROM datastore WHERE name = ?").run(name).changes === 1;
  }
}

function toRecord(row: Row): DatastoreRecord {
  return {
    name: readText(row, "name"),
    type: readText(row, "type"),
    description: readTextOrNull(row, "description"),
    tags: readJson(row, "tags_json"),
    properties: readJson(row, "properties_json"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}
