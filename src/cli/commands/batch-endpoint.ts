import type { Catalog } from "../../catalog/catalog.ts";
import type { EndpointRecord } from "../../catalog/records.ts";
import type { EndpointFile } from "../../config/files/endpoint-file.ts";
import { AzError } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { type CommandGroup, defineCommand, requiredText, text } from "../az/command.ts";
import { applyGenericChanges, hasChanges } from "../az/generic-update.ts";
import { invoke } from "./batch-endpoint-invoke.ts";
import { getEndpoint } from "./find-endpoint.ts";
import { listJobsOf } from "./listed-jobs.ts";
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

const nameOption = requiredText(["--name", "-n"], "Name of the endpoint.", {
  placeholder: "NAME",
  completes: "endpoint",
});
const optionalNameOption = text(["--name", "-n"], "Name of the endpoint.", {
  placeholder: "NAME",
  completes: "endpoint",
});

export const batchEndpoint: CommandGroup = {
  summary: "endpoints: durable names that jobs are submitted to",
  commands: {
    create: defineCommand({
      summary: "make an endpoint, or bring one up to date",
      options: { file: fileOption, name: optionalNameOption, set: setOption, noWait: noWaitOption },
      examples: [
        "batchwise batch-endpoint create --name digits",
        "batchwise batch-endpoint create --file endpoint.yml --name digits",
      ],
      run: async ({ file, name, set, noWait }, call) => {
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const sets = [...parseSetArguments(set), ...setFlags({ name: name?.toLowerCase() })];
        const { parseEndpointFile } = await import("../../config/files/endpoint-file.ts");
        const parsed = parseEndpointFile(sourceOf(file), sets);
        return await saveEndpoint(await call.openCatalog(), () => parsed, { isReplaced: false, noWait, call });
      },
    }),
    update: defineCommand({
      summary: "change an endpoint: its default deployment, description, tags",
      options: {
        name: optionalNameOption,
        file: fileOption,
        defaults: text(["--defaults"], 'Defaults as text: "deployment_name=NAME".', {
          placeholder: "deployment_name=NAME",
        }),
        ...updateOptions,
        noWait: noWaitOption,
      },
      examples: [
        "batchwise batch-endpoint update --name digits --set defaults.deployment_name=second",
        'batchwise batch-endpoint update --name digits --defaults "deployment_name=second"',
      ],
      run: async (values, call) => {
        const catalog = await call.openCatalog();
        const readFile = await prepareUpdate(catalog, values);
        return await saveEndpoint(catalog, readFile, { isReplaced: true, noWait: values.noWait, call });
      },
    }),
    show: defineCommand({
      summary: "show an endpoint",
      options: { name: nameOption },
      examples: ["batchwise batch-endpoint show --name digits --query '{Name:name, Defaults:defaults}'"],
      run: async ({ name }, call) => {
        const { presentEndpoint } = await import("../../catalog/present/endpoint.ts");
        return presentEndpoint(await getEndpoint(await call.openCatalog(), name));
      },
    }),
    list: defineCommand({
      summary: "list endpoints",
      options: {},
      examples: ["batchwise batch-endpoint list -o table", 'batchwise batch-endpoint list --query "[*].[name]" -o tsv'],
      run: async (_, call) => {
        const { presentEndpointListItem } = await import("../../catalog/present/endpoint.ts");
        return (await call.openCatalog()).endpoints.list().map(presentEndpointListItem);
      },
    }),
    delete: defineCommand({
      summary: "delete an endpoint with its deployments; its jobs stay",
      options: { name: nameOption, yes: yesOption, noWait: noWaitOption },
      examples: ["batchwise batch-endpoint delete --name digits --yes"],
      run: async ({ name, yes, noWait }, call) => {
        await call.confirm(yes);
        const catalog = await call.openCatalog();
        if (!noWait) call.note(`Deleting batch endpoint ${name}`);
        // One that is not there counts as deleted, so that scripts can clean up twice.
        catalog.endpoints.remove(name);
        if (!noWait) call.note("Done");
        return null;
      },
    }),
    "list-jobs": defineCommand({
      summary: "list the jobs of an endpoint, newest first",
      options: {
        name: nameOption,
        deploymentName: text(["--deployment-name", "-d"], "Only jobs of this deployment.", {
          placeholder: "NAME",
          completes: "deployment",
        }),
      },
      examples: ["batchwise batch-endpoint list-jobs --name digits -o table"],
      table: ({ name, resourceGroup, status }) => ({ name, resourceGroup, status }),
      run: async ({ name, deploymentName }, call) => {
        const catalog = await call.openCatalog();
        const endpoint = await getEndpoint(catalog, name);
        return await listJobsOf(catalog, endpoint.name, deploymentName);
      },
    }),
    invoke,
  },
};

interface UpdateValues {
  readonly name: string | null;
  readonly file: string | null;
  readonly defaults: string | null;
  readonly set: readonly string[];
  readonly add: readonly (readonly string[])[];
  readonly remove: readonly (readonly string[])[];
  readonly forceString: boolean;
}

/** What reads the endpoint as it shall be: what there is with its changes, or what the file says. It is called where nobody else can change the endpoint meanwhile. */
async function prepareUpdate(catalog: Catalog, values: UpdateValues): Promise<() => EndpointFile> {
  const { parseEndpointFile } = await import("../../config/files/endpoint-file.ts");
  const changes = readChanges(values);
  const flags = setFlags(
    { "defaults.deployment_name": readDefaults(values.defaults) },
    { "defaults.deployment_name": "--defaults" },
  );
  if (values.file !== null) {
    const { readPlainFile } = await import("./plain-file.ts");
    const source = hasChanges(changes)
      ? readPlainFile(values.file, (plain) => applyGenericChanges(plain, changes))
      : { path: values.file };
    const file = parseEndpointFile(source, [...setFlags({ name: values.name }), ...flags]);
    await getEndpoint(catalog, file.value.name);
    return () => file;
  }
  const { name } = values;
  if (name === null) throw new AzError(2, "the following arguments are required: --name/-n");
  const { presentEndpoint } = await import("../../catalog/present/endpoint.ts");
  const before = await getEndpoint(catalog, name);
  return () => {
    const current = presentEndpoint(catalog.endpoints.get(name) ?? before);
    // Levels that may be made by --set stand there, empty.
    const shown = { description: null, defaults: {}, ...current };
    return parseEndpointFile({ value: applyGenericChanges(shown, changes), baseDir: process.cwd() }, flags);
  };
}

/** `deployment_name=D`, also with blanks round it. */
function readDefaults(written: string | null): string | null {
  if (written === null) return null;
  const match = /^\s*(?:deployment_name|deploymentName)\s*=\s*(.*?)\s*$/.exec(written);
  if (match === null) throw new AzError(1, `--defaults: "deployment_name=NAME" is wanted, and "${written}" was found`);
  return match[1] as string;
}

interface SaveOptions {
  /** Whether what the file does not say is emptied, or stays as it is. */
  readonly isReplaced: boolean;
  readonly noWait: boolean;
  readonly call: Call;
}

async function saveEndpoint(catalog: Catalog, readFile: () => EndpointFile, { isReplaced, noWait, call }: SaveOptions) {
  const { presentEndpoint } = await import("../../catalog/present/endpoint.ts");
  const record = catalog.transaction(() => {
    const { value } = readFile();
    const existing = catalog.endpoints.get(value.name);
    const now = new Date().toISOString();
    const asked = value.defaults?.deployment_name?.toLowerCase() ?? null;
    // Making an endpoint that is there, as scripts do that run twice, does not take its default away.
    const defaultDeployment = asked ?? (isReplaced ? null : (existing?.defaultDeployment ?? null));
    refuseUnknownDefault(catalog, value.name, asked, existing);
    const next: EndpointRecord = {
      name: existing?.name ?? value.name,
      description: value.description ?? null,
      authMode: value.auth_mode ?? "aad_token",
      defaultDeployment: defaultDeployment === "" ? null : defaultDeployment,
      tags: value.tags ?? {},
      properties: value.properties ?? {},
      createdAt: existing?.createdAt ?? now,
      modifiedAt: now,
    };
    catalog.endpoints.put(next);
    return next;
  });
  if (!noWait) return presentEndpoint(record);
  call.note(`See it with: batchwise batch-endpoint show -n ${record.name}`);
  return null;
}

function refuseUnknownDefault(
  catalog: Catalog,
  endpoint: string,
  asked: string | null,
  existing: EndpointRecord | null,
): void {
  if (asked === null || asked === "" || asked === existing?.defaultDeployment) return;
  if (catalog.deployments.get(endpoint, asked) !== null) return;
  const there = catalog.deployments.list(endpoint).map((each) => each.name);
  const known = there.length === 0 ? "it has no deployment yet" : `it has ${there.join(", ")}`;
  throw new AzError(1, `Endpoint ${endpoint} has no deployment ${asked} that could be its default; ${known}.`);
}
