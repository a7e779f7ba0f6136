import { assetName, describedFields, echoedFields, identity } from "./common-fields.ts";
import { type ReadTable, required } from "./field.ts";
import { choice, freeMap, ignored, integer, object, readOnly, text, toggle } from "./field-kinds.ts";
import { type FileSchema, type ParsedFile, parseFile } from "./parse-file.ts";
import type { SetValue, YamlSource } from "./source.ts";

const fields = {
  ...echoedFields,
  name: required(assetName()),
  type: required(
    choice(["local", "amlcompute"], {
      help: "`local` is this machine. `amlcompute` files are taken, and their jobs run on this machine.",
    }),
  ),
  ...describedFields,
  max_jobs: integer({
    help: "Jobs that may run at once; others wait in the queue.",
    defaultText: "2",
    min: 1,
    max: 10_000,
  }),
  max_workers: integer({
    help: "Workers of all its jobs at once; a job that asks for more runs when it is alone.",
    defaultText: "no limit",
    min: 1,
    max: 100_000,
  }),
  gpus: integer({
    help: "GPUs that its jobs share by their `gpus_per_worker`; a job waits until enough are free.",
    defaultText: "not counted",
    min: 1,
    max: 10_000,
  }),
  max_instances: integer({ help: "Most instances for one job.", min: 0, max: 100_000 }),
  size: text({ help: "Size of the virtual machines in Azure; kept and shown." }),
  tier: choice(["dedicated", "low_priority"], { help: "Price class in Azure; kept and shown." }),
  min_instances: integer({ help: "Instances that Azure keeps running; kept and shown.", min: 0, max: 100_000 }),
  idle_time_before_scale_down: integer({ help: "Seconds until Azure stops idle instances; kept and shown.", min: 0 }),
  ssh_public_access_enabled: toggle({ help: "Kept and shown." }),
  ssh_settings: object(
    {
      admin_username: text({ help: "Left aside." }),
      admin_password: text({ help: "Left aside; not kept." }),
      ssh_key_value: text({ help: "Left aside; not kept." }),
    },
    "Access to the nodes in Azure. Accepted and left aside.",
  ),
  network_settings: freeMap("Network in Azure; kept and shown."),
  identity,
  enable_node_public_ip: toggle({ help: "Kept and shown." }),
  location: ignored("Region in Azure."),
  resource_id: ignored("Id of a virtual machine in Azure."),
  created_on: readOnly(),
  state: readOnly(),
};

export const computeSchema: FileSchema<typeof fields> = {
  name: "AmlComputeSchema",
  title: "Compute",
  style: "fields",
  fields,
};

export type ComputeFile = ParsedFile<ReadTable<typeof fields>>;

/** Reads a compute file. */
export function parseComputeFile(source: YamlSource, sets: readonly SetValue[]): ComputeFile {
  return parseFile(source, sets, computeSchema);
}
