import { datastoreFolderOf } from "../catalog-paths.ts";
import type { DatastoreRecord } from "../records.ts";
import { workspaceId } from "../resource-ids.ts";
import { type Shape, withoutNulls } from "./shape.ts";

/** What `datastore show` and `datastore list` print. Here a datastore is a folder of the home folder, `path`. */
export function presentDatastore(datastore: DatastoreRecord, home: string): Shape {
  return withoutNulls({
    id: `${workspaceId}/datastores/${datastore.name}`,
    name: datastore.name,
    type: datastore.type,
    account_name: "batchwise",
    container_name: datastore.name,
    endpoint: "core.windows.net",
    protocol: "https",
    ...datastore.properties,
    path: datastoreFolderOf(home, datastore.name),
    description: datastore.description,
    tags: datastore.tags,
    credentials: {},
  });
}
