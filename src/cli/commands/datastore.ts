import type { Catalog } from "../../catalog/catalog.ts";
import type { DatastoreRecord } from "../../catalog/records.ts";
import { type CommandGroup, defineCommand, requiredText, text } from "../az/command.ts";
import { readLimit } from "./list-filter.ts";
import { requiredFileOption, setFlags, setOption, yesOption } from "./shared-options.ts";

const nameOption = requiredText(["--name", "-n"], "Name of the datastore.", {
  placeholder: "NAME",
  completes: "datastore",
});

/** Keys of a file that are kept only to be shown. */
const keptKeys = ["account_name", "container_name", "file_share_name", "filesystem", "endpoint", "protocol"] as const;

export const datastore: CommandGroup = {
  summary: "named places of files: here, folders of the home folder",
  commands: {
    create: defineCommand({
      summary: "make a datastore from a file",
      options: {
        file: requiredFileOption,
        name: text(["--name", "-n"], "Name.", { placeholder: "NAME" }),
        set: setOption,
      },
      examples: ["batchwise datastore create --file blob.yml"],
      run: async ({ file, name, set }, call) => {
        const { parseDatastoreFile } = await import("../../config/files/datastore-file.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { presentDatastore } = await import("../../catalog/present/datastore.ts");
        const { value } = parseDatastoreFile({ path: file }, [...parseSetArguments(set), ...setFlags({ name })]);
        const catalog = await call.openCatalog();
        const existing = catalog.datastores.get(value.name);
        const now = new Date().toISOString();
        const record: DatastoreRecord = {
          name: existing?.name ?? value.name,
          type: value.type,
          description: value.description,
          tags: value.tags ?? {},
          properties: Object.fromEntries(keptKeys.filter((key) => value[key] !== null).map((key) => [key, value[key]])),
          createdAt: existing?.createdAt ?? now,
          modifiedAt: now,
        };
        catalog.datastores.put(record);
        const shape = presentDatastore(record, call.home);
        call.note(`Datastore ${record.name} is the folder ${shape.path}`);
        return shape;
      },
    }),
    show: defineCommand({
      summary: "show a datastore",
      options: { name: nameOption },
      examples: ['batchwise datastore show -n workspaceblobstore --query "id" -o tsv'],
      run: async ({ name }, call) => {
        const { presentDatastore } = await import("../../catalog/present/datastore.ts");
        return presentDatastore(await getDatastore(await call.openCatalog(), name), call.home);
      },
    }),
    list: defineCommand({
      summary: "list datastores",
      options: { maxResults: text(["--max-results", "-r"], "Most rows to list.", { placeholder: "N" }) },
      examples: ["batchwise datastore list -o table"],
      table: ({ name, type, account_name }) => ({ name, "storage type": type, "storage account name": account_name }),
      run: async ({ maxResults }, call) => {
        const { presentDatastore } = await import("../../catalog/present/datastore.ts");
        const all = (await call.openCatalog()).datastores.list();
        return all.slice(0, readLimit(maxResults, null) ?? all.length).map((each) => presentDatastore(each, call.home));
      },
    }),
    delete: defineCommand({
      summary: "delete a datastore that no registered data lies in; its folder stays",
      options: { name: nameOption, yes: yesOption },
      examples: ["batchwise datastore delete -n my-store"],
      run: async ({ name }, call) => {
        const catalog = await call.openCatalog();
        await getDatastore(catalog, name);
        const { removeDatastore } = await import("../../catalog/users.ts");
        removeDatastore(catalog, name);
        return null;
      },
    }),
  },
};

/** Throws `resource_not_found`. */
async function getDatastore(catalog: Catalog, name: string): Promise<DatastoreRecord> {
  const found = catalog.datastores.get(name);
  if (found !== null) return found;
  const { makeNotFound } = await import("../../catalog/resource-ids.ts");
  throw makeNotFound(`datastores/${name}`, "batchwise datastore list shows those there are");
}
