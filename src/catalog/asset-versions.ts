import { BatchwiseError } from "../errors.ts";
import { lstatOrNull } from "../storage/durable.ts";
import type { Catalog } from "./catalog.ts";
import type { AssetRecord } from "./records.ts";

/** A version to be; without `version` it gets the next number. */
export type VersionDraft = Omit<AssetRecord, "version" | "archived" | "createdAt" | "modifiedAt"> & {
  readonly version: string | null;
};

export interface Registered {
  readonly asset: AssetRecord;
  /** False when this content is what the version, or the latest version, has already: nothing was made. */
  readonly isNew: boolean;
}

/**
 * Adds a version, or finds that it is there: the same content under the version given, or as the latest version when none is given. Description, tags and
 * stage of one that is there are brought up to date. Throws `asset_changed` when the version exists with other content.
 */
export function addVersion(catalog: Catalog, draft: VersionDraft): Registered {
  return catalog.transaction(() => {
    const found =
      draft.version === null
        ? catalog.assets.latest(draft.kind, draft.name)
        : catalog.assets.get(draft.kind, draft.name, draft.version);
    const isSame = found !== null && found.hash === draft.hash && found.type === draft.type;
    if (isSame) return { asset: updateDetails(catalog, found, draft), isNew: false };
    if (found !== null && draft.version !== null) throw refuseChange(found);
    requireContent(draft);
    const now = new Date().toISOString();
    const asset: AssetRecord = {
      ...draft,
      version: draft.version ?? catalog.assets.nextVersion(draft.kind, draft.name),
      archived: false,
      createdAt: now,
      modifiedAt: now,
    };
    catalog.assets.add(asset);
    return { asset, isNew: true };
  });
}

/** What was kept a moment ago may have been freed since by `batchwise gc`, which does so in a transaction of its own. */
function requireContent({ kind, name, path }: VersionDraft): void {
  if (path === null || /^[a-z][a-z0-9+.-]*:\/\//i.test(path) || lstatOrNull(path) !== null) return;
  throw new BatchwiseError("asset_unreadable", `the content of ${kind} ${name} is gone from ${path}`, {
    hint: "register it again",
  });
}

function updateDetails(catalog: Catalog, found: AssetRecord, draft: VersionDraft): AssetRecord {
  const changes = {
    description: draft.description ?? found.description,
    stage: draft.stage ?? found.stage,
    tags: { ...found.tags, ...draft.tags },
    properties: { ...found.properties, ...draft.properties },
  };
  const isChanged = JSON.stringify(changes) !== JSON.stringify(pickDetails(found));
  if (!isChanged) return found;
  catalog.assets.update(found.kind, found.name, found.version, changes);
  return catalog.assets.get(found.kind, found.name, found.version) ?? found;
}

function pickDetails({ description, stage, tags, properties }: AssetRecord) {
  return { description, stage, tags, properties };
}

function refuseChange(found: AssetRecord): BatchwiseError {
  const what = `${found.kind} ${found.name}:${found.version}`;
  return new BatchwiseError(
    "asset_changed",
    `(UserError) Asset paths cannot be updated. ${what} is already linked to other content (${found.source ?? `hash ${found.hash.slice(0, 12)}`}).`,
    { hint: "give another version, or leave it out for the next number" },
  );
}
