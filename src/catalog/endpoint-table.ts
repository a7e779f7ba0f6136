import type { EndpointRecord } from "./records.ts";
import { insertSql, type Row, readJson, readText, readTextOrNull, updateOnConflict } from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = [
  "name",
  "description",
  "auth_mode",
  "default_deployment",
  "tags_json",
  "properties_json",
  "created_at",
  "modified_at",
] as const;

const putSql = insertSql("endpoint", columns, updateOnConflict(columns, ["name"]));

export class EndpointTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Looked up without regard to case. */
  get(name: string): EndpointRecord | null {
    const row = this.#statements.get("SELECT * FROM endpoint WHERE name = ?").get(name);
    return row === undefined ? null : toRecord(row);
  }

  /** All, by name. */
  list(): EndpointRecord[] {
    return this.#statements.get("SELECT * FROM endpoint ORDER BY name").all().map(toRecord);
  }

  /** Adds or replaces; the time of making of one that is there stays. */
  put(record: EndpointRecord): void {
    this.#statements.get(putSql).run({
      name: record.name,
      description: record.description,
      auth_mode: record.authMode,
      default_deployment: record.defaultDeployment,
      tags_json: JSON.stringify(record.tags),
      properties_json: JSON.stringify(record.properties),
      created_at: record.createdAt,
      modified_at: record.modifiedAt,
    });
  }

  /** Removes it with its deployments; false when it is not there. Jobs stay. */
  remove(name: string): boolean {
    return this.#statements.get("DELETE FROM endpoint WHERE name = ?").run(name).changes === 1;
  }
}

function toRecord(row: Row): EndpointRecord {
  return {
    name: readText(row, "name"),
    description: readTextOrNull(row, "description"),
    authMode: readText(row, "auth_mode") as EndpointRecord["authMode"],
    defaultDeployment: readTextOrNull(row, "default_deployment"),
    tags: readJson(row, "tags_json"),
    properties: readJson(row, "properties_json"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}
