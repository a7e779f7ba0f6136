import { assetName, describedFields, echoedFields } from "./common-fields.ts";
import { type ReadTable, required } from "./field.ts";
import { choice, object, readOnly, text, textMap } from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

const fields = {
  ...echoedFields,
  name: required(assetName()),
  type: required(
    choice(["azure_blob", "azure_file", "azure_data_lake_gen1", "azure_data_lake_gen2"], {
      help: "Kind of store in Azure. Here it is the folder `datastores/<name>` in the home folder.",
    }),
  ),
  account_name: text({ help: "Account in Azure; kept and shown." }),
  container_name: text({ help: "Container in Azure; kept and shown." }),
  file_share_name: text({ help: "File share in Azure; kept and shown." }),
  filesystem: text({ help: "File system in Azure; kept and shown." }),
  endpoint: text({ help: "Kept and shown." }),
  protocol: text({ help: "Kept and shown." }),
  credentials: object(
    {
      account_key: text({ help: "Not kept." }),
      sas_token: text({ help: "Not kept." }),
      tenant_id: text({ help: "Not kept." }),
      client_id: text({ help: "Not kept." }),
      client_secret: text({ help: "Not kept." }),
    },
    "Secrets for Azure. Accepted, and not kept.",
  ),
  ...describedFields,
  properties: textMap("Names and values that tools keep here."),
  path: readOnly(),
};

export const datastoreSchema: FileSchema<typeof fields> = {
  name: "AzureBlobSchema",
  title: "Datastore",
  style: "fields",
  fields,
};

export type DatastoreFile = ParsedFile<ReadTable<typeof fields>>;

/** Reads a datastore file. */
export function parseDatastoreFile(source: YamlSource, sets: readonly SetValue[]): DatastoreFile {
  return parseFile(source, sets, datastoreSchema);
}
