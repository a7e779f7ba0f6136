import type { Catalog } from "../../catalog/catalog.ts";
import type { ComputeRecord } from "../../catalog/records.ts";
import type { ComputeFile } from "../../config/files/compute-file.ts";
import type { Call } from "../az/call.ts";
import { type CommandGroup, defineCommand, number, requiredText, text, words } from "../az/command.ts";
import { applyGenericChanges } from "../az/generic-update.ts";
import { readLimit } from "./list-filter.ts";
import { setTags } from "./model.ts";
import {
  fileOption,
  noWaitOption,
  readChanges,
  setFlags,
  setOption,
  sourceOf,
  updateOptions,
  yesOption,
} from "./shared-options.ts";

const nameOption = requiredText(["--name", "-n"], "Name of the compute.", {
  placeholder: "NAME",
  completes: "compute",
});
const aside = "Kept and shown; the local compute has no use for it.";

/** What the flags of `create` say, as keys of a compute file. */
const fileOptions = {
  size: text(["--size", "-s"], aside, { placeholder: "SIZE" }),
  minInstances: number(["--min-instances"], aside),
  maxInstances: number(["--max-instances"], "Most instances for one job."),
  maxJobs: number(["--max-jobs"], "Jobs that may run at once; others wait in the queue."),
  idleTimeBeforeScaleDown: number(["--idle-time-before-scale-down"], aside),
  tier: text(["--tier"], aside, { choices: ["dedicated", "low_priority"] }),
  location: text(["--location"], aside, { placeholder: "PLACE" }),
  description: text(["--description"], "Description.", { placeholder: "TEXT" }),
  tags: words(["--tags"], "Tags.", { placeholder: "KEY=VALUE" }),
};

export const compute: CommandGroup = {
  summary: "where jobs run, and how many at once",
  commands: {
    create: defineCommand({
      summary: "make a compute, or bring one up to date; all of them run on this machine",
      options: {
        file: fileOption,
        name: text(["--name", "-n"], "Name.", { placeholder: "NAME" }),
        type: text(["--type", "-t"], "local, or amlcompute.", { choices: ["local", "amlcompute"] }),
        ...fileOptions,
        adminUsername: text(["--admin-username", "-u"], "Taken and left aside.", { hidden: true }),
        adminPassword: text(["--admin-password", "-p"], "Taken and left aside.", { hidden: true }),
        sshKeyValue: text(["--ssh-key-value"], "Taken and left aside.", { hidden: true }),
        sshPublicAccess: text(["--ssh-public-access-enabled"], "Taken and left aside.", { hidden: true }),
        vnetName: text(["--vnet-name"], "Taken and left aside.", { hidden: true }),
        subnet: text(["--subnet"], "Taken and left aside.", { hidden: true }),
        identityType: text(["--identity-type", "-i"], "Taken and left aside.", { hidden: true }),
        userAssignedIdentities: text(["--user-assigned-identities"], "Taken and left aside.", { hidden: true }),
        enableNodePublicIp: text(["--enable-node-public-ip"], "Taken and left aside.", { hidden: true }),
        set: setOption,
        noWait: noWaitOption,
      },
      examples: [
        "batchwise compute create -n cpu-cluster --type amlcompute --min-instances 0 --max-instances 5",
        "batchwise compute create -n gpu --type local --max-jobs 1",
      ],
      run: async (values, call) => {
        const { parseComputeFile } = await import("../../config/files/compute-file.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { name, type, size, tier, location, description } = values;
        const file = parseComputeFile(sourceOf(values.file), [
          ...parseSetArguments(values.set),
          ...setFlags({
            name,
            type,
            size,
            tier,
            location,
            description,
            min_instances: values.minInstances,
            max_instances: values.maxInstances,
            max_jobs: values.maxJobs,
            idle_time_before_scale_down: values.idleTimeBeforeScaleDown,
          }),
          ...setTags(values.tags),
        ]);
        return await saveCompute(await call.openCatalog(), file, { call, noWait: values.noWait });
      },
    }),
    update: defineCommand({
      summary: "change a compute: how many jobs and instances it takes, description, tags",
      options: { name: nameOption, ...fileOptions, ...updateOptions, noWait: noWaitOption },
      examples: [
        "batchwise compute update -n cpu-cluster --max-instances 8",
        "batchwise compute update -n local --max-jobs 4",
      ],
      run: async (values, call) => {
        const catalog = await call.openCatalog();
        const { presentCompute } = await import("../../catalog/present/compute.ts");
        const { parseComputeFile } = await import("../../config/files/compute-file.ts");
        const current = presentCompute(await getCompute(catalog, values.name));
        const changed = applyGenericChanges(current, readChanges(values));
        const { size, tier, location, description } = values;
        const file = parseComputeFile({ value: changed, baseDir: process.cwd() }, [
          ...setFlags({
            size,
            tier,
            location,
            description,
            min_instances: values.minInstances,
            max_instances: values.maxInstances,
            max_jobs: values.maxJobs,
            idle_time_before_scale_down: values.idleTimeBeforeScaleDown,
          }),
          ...setTags(values.tags),
        ]);
        return await saveCompute(catalog, file, { call, noWait: values.noWait });
      },
    }),
    show: defineCommand({
      summary: "show a compute",
      options: { name: nameOption },
      examples: ["batchwise compute show -n local"],
      run: async ({ name }, call) => {
        const { presentCompute } = await import("../../catalog/present/compute.ts");
        return presentCompute(await getCompute(await call.openCatalog(), name));
      },
    }),
    list: defineCommand({
      summary: "list computes",
      options: {
        type: text(["--type", "-t"], "Only this type.", { placeholder: "TYPE" }),
        maxResults: text(["--max-results", "-r"], "Most rows to list.", { placeholder: "N" }),
      },
      examples: ["batchwise compute list -o table"],
      table: ({ name, type, state, size }) => ({ name, "compute type": type, state, "instance type": size }),
      run: async ({ type, maxResults }, call) => {
        const { presentCompute } = await import("../../catalog/present/compute.ts");
        const all = (await call.openCatalog()).computes.list();
        const chosen = type === null ? all : all.filter((each) => each.type === type.toLowerCase());
        return chosen.slice(0, readLimit(maxResults, null) ?? chosen.length).map(presentCompute);
      },
    }),
    delete: defineCommand({
      summary: "delete a compute that no deployment and no job uses",
      options: { name: nameOption, yes: yesOption, noWait: noWaitOption },
      examples: ["batchwise compute delete -n cpu-cluster --yes"],
      run: async ({ name, yes }, call) => {
        await call.confirm(yes);
        const catalog = await call.openCatalog();
        await getCompute(catalog, name);
        const { removeCompute } = await import("../../catalog/users.ts");
        removeCompute(catalog, name);
        return null;
      },
    }),
  },
};

/** Throws `resource_not_found`. */
async function getCompute(catalog: Catalog, name: string): Promise<ComputeRecord> {
  const found = catalog.computes.get(name);
  if (found !== null) return found;
  const { makeNotFound } = await import("../../catalog/resource-ids.ts");
  throw makeNotFound(`computes/${name}`, "batchwise compute list shows those there are");
}

/** Keys of a file that are kept only to be shown. */
const keptKeys = [
  "size",
  "tier",
  "max_workers",
  "gpus",
  "min_instances",
  "idle_time_before_scale_down",
  "ssh_public_access_enabled",
  "network_settings",
  "enable_node_public_ip",
] as const;

async function saveCompute(catalog: Catalog, { value }: ComputeFile, options: { call: Call; noWait: boolean }) {
  const { presentCompute } = await import("../../catalog/present/compute.ts");
  const { call, noWait } = options;
  const record = catalog.transaction(() => {
    const existing = catalog.computes.get(value.name);
    const now = new Date().toISOString();
    const next: ComputeRecord = {
      name: existing?.name ?? value.name,
      type: value.type,
      description: value.description,
      tags: value.tags ?? {},
      maxJobs: value.max_jobs ?? existing?.maxJobs ?? 2,
      maxInstances: value.max_instances,
      properties: Object.fromEntries(keptKeys.filter((key) => value[key] !== null).map((key) => [key, value[key]])),
      createdAt: existing?.createdAt ?? now,
      modifiedAt: now,
    };
    catalog.computes.put(next);
    return next;
  });
  if (record.type === "amlcompute")
    call.note(`Compute ${record.name}: its jobs run on this machine, at most ${record.maxJobs} at once.`);
  return noWait ? null : presentCompute(record);
}
