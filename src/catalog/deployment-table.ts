import type { AssetKind, AssetRef, DeploymentRecord } from "./records.ts";
import { insertSql, type Row, readJson, readText, readTextOrNull, updateOnConflict } from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = [
  "endpoint",
  "name",
  "description",
  "tags_json",
  "properties_json",
  "model_name",
  "model_version",
  "code_name",
  "code_version",
  "scoring_script",
  "environment_name",
  "environment_version",
  "compute",
  "settings_json",
  "created_at",
  "modified_at",
] as const;

const putSql = insertSql("deployment", columns, updateOnConflict(columns, ["endpoint", "name"]));

export class DeploymentTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Looked up without regard to case. */
  get(endpoint: string, name: string): DeploymentRecord | null {
    const row = this.#statements.get("SELECT * FROM deployment WHERE endpoint = ? AND name = ?").get(endpoint, name);
    return row === undefined ? null : toRecord(row);
  }

  /** Those of an endpoint, or all, by name. */
  list(endpoint?: string): DeploymentRecord[] {
    const rows =
      endpoint === undefined
        ? this.#statements.get("SELECT * FROM deployment ORDER BY endpoint, name").all()
        : this.#statements.get("SELECT * FROM deployment WHERE endpoint = ? ORDER BY name").all(endpoint);
    return rows.map(toRecord);
  }

  /** Those that pinned this version of an asset. */
  listUsersOf(kind: Extract<AssetKind, "model" | "code" | "environment">, ref: AssetRef): DeploymentRecord[] {
    return this.#statements
      .get(`SELECT * FROM deployment WHERE ${kind}_name = ? AND ${kind}_version = ? ORDER BY endpoint, name`)
      .all(ref.name, ref.version)
      .map(toRecord);
  }

  listOnCompute(compute: string): DeploymentRecord[] {
    return this.#statements
      .get("SELECT * FROM deployment WHERE compute = ? ORDER BY endpoint, name")
      .all(compute)
      .map(toRecord);
  }

  /** Adds or replaces; the endpoint must exist. */
  put(record: DeploymentRecord): void {
    this.#statements.get(putSql).run({
      endpoint: record.endpoint,
      name: record.name,
      description: record.description,
      tags_json: JSON.stringify(record.tags),
      properties_json: JSON.stringify(record.properties),
      model_name: record.model?.name ?? null,
      model_version: record.model?.version ?? null,
      code_name: record.code?.name ?? null,
      code_version: record.code?.version ?? null,
      scoring_script: record.code?.scoringScript ?? null,
      environment_name: record.environment?.name ?? null,
      environment_version: record.environment?.version ?? null,
      compute: record.compute,
      settings_json: JSON.stringify(record.settings),
      created_at: record.createdAt,
      modified_at: record.modifiedAt,
    });
  }

  /** Removes it; an endpoint whose default it was has none afterwards. False when it is not there. */
  remove(endpoint: string, name: string): boolean {
    this.#statements
      .get("UPDATE endpoint SET default_deployment = NULL WHERE name = ? AND default_deployment = ?")
      .run(endpoint, name);
    return (
      this.#statements.get("DELETE FROM deployment WHERE endpoint = ? AND name = ?").run(endpoint, name).changes === 1
    );
  }
}

function toRecord(row: Row): DeploymentRecord {
  const code = readRef(row, "code");
  return {
    endpoint: readText(row, "endpoint"),
    name: readText(row, "name"),
    description: readTextOrNull(row, "description"),
    tags: readJson(row, "tags_json"),
    properties: readJson(row, "properties_json"),
    model: readRef(row, "model"),
    code: code === null ? null : { ...code, scoringScript: readText(row, "scoring_script") },
    environment: readRef(row, "environment"),
    compute: readText(row, "compute"),
    settings: readJson(row, "settings_json"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}

function readRef(row: Row, kind: string): AssetRef | null {
  const name = readTextOrNull(row, `${kind}_name`);
  return name === null ? null : { name, version: readText(row, `${kind}_version`) };
}
