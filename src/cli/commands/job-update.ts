import { isDeepStrictEqual } from "node:util";
import { AzError } from "../az/az-error.ts";
import { defineCommand, toggle } from "../az/command.ts";
import { applyGenericChanges } from "../az/generic-update.ts";
import { findJobName, jobNameOption, loadJobView } from "./job-view.ts";
import { toTextOrNull, toTexts } from "./plain-values.ts";
import { readChanges, updateOptions } from "./shared-options.ts";

export const update = defineCommand({
  summary: "change the display name, description or tags of a job",
  options: {
    name: jobNameOption,
    ...updateOptions,
    web: toggle(["--web", "-e"], "Taken and left aside."),
  },
  examples: ["batchwise job update -n my-job --set tags.reviewed=yes"],
  run: async (values, call) => {
    const catalog = await call.openCatalog();
    const name = await findJobName(catalog, values.name);
    const record = catalog.jobs.get(name);
    if (record === null) throw new AzError(3, `(ResourceNotFound) There is no job ${name} in the catalog.`);
    const { description, displayName, tags, properties } = record;
    const before = { name, description, display_name: displayName, tags, properties };
    const after = applyGenericChanges<Record<string, unknown>>(before, readChanges(values));
    for (const key of Object.keys(after)) {
      if (["description", "display_name", "tags", "properties"].includes(key)) continue;
      if (!isDeepStrictEqual(after[key], (before as Record<string, unknown>)[key])) {
        throw new AzError(1, `(UserError) '${key}' of a job cannot be updated.`);
      }
    }
    catalog.jobs.update(name, {
      description: toTextOrNull(after.description),
      displayName: toTextOrNull(after.display_name),
      tags: toTexts(after.tags),
      properties: toTexts(after.properties),
    });
    const { presentJob } = await import("../../jobs/present-job.ts");
    return presentJob(await loadJobView(call, name));
  },
});
