/** The verbs that models, data, environments and components have in common. */

import { isDeepStrictEqual } from "node:util";
import type { AssetFilter } from "../../catalog/asset-table.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { AssetKind, AssetRecord } from "../../catalog/records.ts";
import { AzError } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { type Command, defineCommand, requiredText, text } from "../az/command.ts";
import { applyGenericChanges, hasChanges } from "../az/generic-update.ts";
import { readLimit, readListFilter } from "./list-filter.ts";
import { toTextOrNull, toTexts } from "./plain-values.ts";
import { listOptions, readChanges, updateOptions, versionOptions } from "./shared-options.ts";

type AssetKindWithVerbs = Exclude<AssetKind, "code">;

export interface AssetShapes {
  /** What `show` prints of a version. */
  presentVersion(asset: AssetRecord): Readonly<Record<string, unknown>>;
  /** One element of `list --name`. */
  presentListedVersion(asset: AssetRecord): Readonly<Record<string, unknown>>;
  /** One element of `list`: a name, with its latest version. */
  presentContainer(latest: AssetRecord): Readonly<Record<string, unknown>>;
}

function nameOption(kind: AssetKindWithVerbs) {
  return requiredText(["--name", "-n"], `Name of the ${kind}.`, {
    placeholder: "NAME",
    ...(kind === "component" ? {} : { completes: kind }),
  });
}

/** The version that `--version` or `--label` name. */
export async function findVersion(
  catalog: Catalog,
  kind: AssetKind,
  name: string,
  chosen: { readonly version: string | null; readonly label: string | null },
): Promise<AssetRecord> {
  const { getAsset, getLabelled } = await import("../../catalog/resolve-reference.ts");
  if (chosen.version !== null && chosen.label !== null) throw new AzError(1, "Cannot specify both version and label.");
  if (chosen.version !== null) return getAsset(catalog, kind, name, chosen.version);
  if (chosen.label !== null) return getLabelled(catalog, kind, name, chosen.label);
  throw new AzError(1, "Must provide either version or label");
}

export function makeShow(kind: AssetKindWithVerbs, loadShapes: () => Promise<AssetShapes>): Command {
  return defineCommand({
    summary: `show a version of a ${kind}`,
    options: { name: nameOption(kind), ...versionOptions },
    examples: [
      `batchwise ${kind} show --name my-${kind} --label latest --query version -o tsv`,
      `batchwise ${kind} show --name my-${kind} --version 2`,
    ],
    run: async ({ name, version, label }, call) => {
      const asset = await findVersion(await call.openCatalog(), kind, name, { version, label });
      return (await loadShapes()).presentVersion(asset);
    },
  });
}

export function makeList(kind: AssetKindWithVerbs, loadShapes: () => Promise<AssetShapes>): Command {
  const stage =
    kind === "model"
      ? { stage: text(["--stage", "-s"], "Only versions of this stage.", { placeholder: "STAGE" }) }
      : {};
  return defineCommand({
    summary: `list ${kind} names with their latest version, or the versions of one name`,
    options: {
      name: text(["--name", "-n"], "List the versions of this name.", {
        placeholder: "NAME",
        ...(kind === "component" ? {} : { completes: kind }),
      }),
      ...listOptions,
      ...stage,
    },
    examples: [`batchwise ${kind} list -o table`, `batchwise ${kind} list --name my-${kind} -o table`],
    run: async (values, call) => {
      const filter: AssetFilter = {
        archived: readListFilter(values),
        limit: readLimit(values.maxResults, null),
        stage: "stage" in values ? (values.stage as string | null) : null,
      };
      const { assets } = await call.openCatalog();
      const { presentListedVersion, presentContainer } = await loadShapes();
      return values.name === null
        ? assets.listNames(kind, filter).map(presentContainer)
        : assets.listVersions(kind, values.name, filter).map(presentListedVersion);
    },
  });
}

/** `archive` or `restore`: of one version, or of all when neither version nor label is given. */
export function makeArchive(kind: AssetKindWithVerbs, archived: boolean): Command {
  const verb = archived ? "archive" : "restore";
  return defineCommand({
    summary: archived ? `hide a ${kind} from lists` : `show an archived ${kind} in lists again`,
    options: { name: nameOption(kind), ...versionOptions },
    examples: [
      `batchwise ${kind} ${verb} --name my-${kind} --version 1`,
      `batchwise ${kind} ${verb} --name my-${kind}`,
    ],
    run: async ({ name, version, label }, call) => {
      const catalog = await call.openCatalog();
      const isAll = version === null && label === null;
      const found = isAll
        ? catalog.assets.listVersions(kind, name, { archived: "include" })
        : [await findVersion(catalog, kind, name, { version, label })];
      if (found.length === 0) throw new AzError(3, `Asset ${name} does not exist in workspace batchwise.`);
      catalog.transaction(() => {
        for (const each of found) catalog.assets.update(kind, each.name, each.version, { archived });
      });
      return null;
    },
  });
}

/** Keys of a version that may change. */
const changeable = ["description", "tags", "properties", "stage"];

export function makeUpdate(kind: AssetKindWithVerbs, loadShapes: () => Promise<AssetShapes>): Command {
  const stage =
    kind === "model" ? { stage: text(["--stage", "-s"], "Stage of its life.", { placeholder: "STAGE" }) } : {};
  return defineCommand({
    summary: `change description${kind === "model" ? ", stage" : ""} or tags of a ${kind}; its content never changes`,
    options: {
      name: nameOption(kind),
      ...versionOptions,
      description: text(["--description"], "Description.", { placeholder: "TEXT" }),
      ...stage,
      ...updateOptions,
    },
    examples: [
      `batchwise ${kind} update --name my-${kind} --version 1 --set tags.reviewed=yes`,
      `batchwise ${kind} update --name my-${kind} --label latest --description "the one in use"`,
    ],
    run: async (values, call) => {
      const catalog = await call.openCatalog();
      const label = values.version === null && values.label === null ? "latest" : values.label;
      const asset = await findVersion(catalog, kind, values.name, { version: values.version, label });
      const { presentVersion } = await loadShapes();
      const stageFlag = "stage" in values ? (values.stage as string | null) : null;
      const details = {
        description: asset.description,
        stage: asset.stage,
        tags: asset.tags,
        properties: asset.properties,
      };
      const before = { ...presentVersion(asset), ...details };
      const after = applyGenericChanges<Record<string, unknown>>(before, readChanges(values));
      if (hasChanges(readChanges(values))) refuseOtherChanges(before, after);
      catalog.assets.update(kind, asset.name, asset.version, {
        description: values.description ?? toTextOrNull(after.description),
        stage: stageFlag ?? toTextOrNull(after.stage),
        tags: toTexts(after.tags),
        properties: toTexts(after.properties),
      });
      return presentVersion(await findVersion(catalog, kind, asset.name, { version: asset.version, label: null }));
    },
  });
}

function refuseOtherChanges(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (changeable.includes(key) || isDeepStrictEqual(before[key], after[key])) continue;
    const what = key === "path" ? "Asset paths cannot be updated." : `'${key}' cannot be updated.`;
    throw new AzError(1, `(UserError) ${what} A version never changes, except for ${changeable.join(", ")}.`);
  }
}

/** Says that nothing was made, where the same content was registered before. */
export function noteSameContent(call: Call, asset: AssetRecord, isNew: boolean): void {
  if (!isNew)
    call.note(`${asset.kind} ${asset.name}:${asset.version} has this very content already: nothing was added.`);
}
