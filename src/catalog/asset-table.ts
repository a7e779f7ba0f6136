import type { AssetKind, AssetRecord } from "./records.ts";
import {
  insertSql,
  type Row,
  readFlag,
  readJson,
  readJsonOrNull,
  readPathOrNull,
  readText,
  readTextOrNull,
  toSqlFlag,
  toSqlPath,
} from "./row.ts";
import type { Statements } from "./statements.ts";

const columns = [
  "kind",
  "name",
  "version",
  "type",
  "path",
  "source",
  "by_reference",
  "hash",
  "is_anonymous",
  "archived",
  "description",
  "stage",
  "tags_json",
  "properties_json",
  "definition_json",
  "created_at",
  "modified_at",
] as const;

const addSql = insertSql("asset", columns);

/** Which assets a list shows. Anonymous ones are never shown. */
export interface AssetFilter {
  readonly archived?: "exclude" | "include" | "only";
  readonly stage?: string | null;
  readonly limit?: number | null;
}

/** What may change about a version. */
export type AssetChanges = Partial<Pick<AssetRecord, "description" | "stage" | "tags" | "properties" | "archived">>;

export class AssetTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  get(kind: AssetKind, name: string, version: string): AssetRecord | null {
    const row = this.#statements
      .get("SELECT * FROM asset WHERE kind = ? AND name = ? AND version = ?")
      .get(kind, name, version);
    return row === undefined ? null : toRecord(row);
  }

  /** The version made last, among those not archived; null when there is none. */
  latest(kind: AssetKind, name: string): AssetRecord | null {
    const row = this.#statements
      .get("SELECT * FROM asset WHERE kind = ? AND name = ? AND archived = 0 ORDER BY sequence DESC LIMIT 1")
      .get(kind, name);
    return row === undefined ? null : toRecord(row);
  }

  /** The number after the highest version that is a whole number; "1" for a new name. */
  nextVersion(kind: AssetKind, name: string): string {
    const row = this.#statements
      .get(
        "SELECT max(CAST(version AS INTEGER)) AS highest FROM asset WHERE kind = ? AND name = ? AND version NOT GLOB '*[^0-9]*' AND length(version) < 16",
      )
      .get(kind, name);
    return String(Number(row?.highest ?? 0) + 1);
  }

  /** Versions of one name, the latest first. */
  listVersions(kind: AssetKind, name: string, filter: AssetFilter = {}): AssetRecord[] {
    const { where, values } = readFilter(filter);
    return this.#statements
      .get(`SELECT * FROM asset WHERE kind = ? AND name = ? ${where} ORDER BY sequence DESC LIMIT ?`)
      .all(kind, name, ...values, filter.limit ?? -1)
      .map(toRecord);
  }

  /** The latest version of each name, by name. */
  listNames(kind: AssetKind, filter: AssetFilter = {}): AssetRecord[] {
    const { where, values } = readFilter(filter);
    return this.#statements
      .get(
        `SELECT * FROM asset WHERE sequence IN (
           SELECT max(sequence) FROM asset WHERE kind = ? AND is_anonymous = 0 ${where} GROUP BY name
         ) ORDER BY name LIMIT ?`,
      )
      .all(kind, ...values, filter.limit ?? -1)
      .map(toRecord);
  }

  /** Every version of every kind, anonymous ones too: what is kept, for those who free space. */
  listAll(): AssetRecord[] {
    return this.#statements.get("SELECT * FROM asset ORDER BY sequence").all().map(toRecord);
  }

  /** Adds a version. Throws SQLite's constraint error when it exists; `registerAsset` looks first. */
  add(record: AssetRecord): void {
    this.#statements.get(addSql).run({
      kind: record.kind,
      name: record.name,
      version: record.version,
      type: record.type,
      path: toSqlPath(record.path),
      source: toSqlPath(record.source),
      by_reference: toSqlFlag(record.byReference),
      hash: record.hash,
      is_anonymous: toSqlFlag(record.isAnonymous),
      archived: toSqlFlag(record.archived),
      description: record.description,
      stage: record.stage,
      tags_json: JSON.stringify(record.tags),
      properties_json: JSON.stringify(record.properties),
      definition_json: record.definition === null ? null : JSON.stringify(record.definition),
      created_at: record.createdAt,
      modified_at: record.modifiedAt,
    });
  }

  /** Changes what may change. False when the version is not there. */
  update(kind: AssetKind, name: string, version: string, changes: AssetChanges): boolean {
    const current = this.get(kind, name, version);
    if (current === null) return false;
    const next = { ...current, ...changes };
    this.#statements
      .get(
        `UPDATE asset SET description = ?, stage = ?, tags_json = ?, properties_json = ?, archived = ?, modified_at = ?
         WHERE kind = ? AND name = ? AND version = ?`,
      )
      .run(
        next.description,
        next.stage,
        JSON.stringify(next.tags),
        JSON.stringify(next.properties),
        toSqlFlag(next.archived),
        new Date().toISOString(),
        kind,
        name,
        version,
      );
    return true;
  }

  /** Removes a version; whoever calls has asked `users.ts` first. */
  remove(kind: AssetKind, name: string, version: string): boolean {
    return (
      this.#statements.get("DELETE FROM asset WHERE kind = ? AND name = ? AND version = ?").run(kind, name, version)
        .changes === 1
    );
  }
}

function readFilter(filter: AssetFilter): { where: string; values: string[] } {
  const archived = { exclude: "AND archived = 0", only: "AND archived = 1", include: "" }[filter.archived ?? "exclude"];
  const stage = filter.stage ?? null;
  return stage === null ? { where: archived, values: [] } : { where: `${archived} AND stage = ?`, values: [stage] };
}

function toRecord(row: Row): AssetRecord {
  return {
    kind: readText(row, "kind") as AssetKind,
    name: readText(row, "name"),
    version: readText(row, "version"),
    type: readTextOrNull(row, "type"),
    path: readPathOrNull(row, "path"),
    source: readPathOrNull(row, "source"),
    byReference: readFlag(row, "by_reference"),
    hash: readText(row, "hash"),
    isAnonymous: readFlag(row, "is_anonymous"),
    archived: readFlag(row, "archived"),
    description: readTextOrNull(row, "description"),
    stage: readTextOrNull(row, "stage"),
    tags: readJson(row, "tags_json"),
    properties: readJson(row, "properties_json"),
    definition: readJsonOrNull(row, "definition_json"),
    createdAt: readText(row, "created_at"),
    modifiedAt: readText(row, "modified_at"),
  };
}
