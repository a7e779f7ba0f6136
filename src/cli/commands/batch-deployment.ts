import type { Catalog } from "../../catalog/catalog.ts";
import type { DeploymentFile } from "../../config/files/deployment-file.ts";
import { AzError } from "../az/az-error.ts";
import type { Call } from "../az/call.ts";
import { type CommandGroup, defineCommand, requiredText, text, toggle } from "../az/command.ts";
import { applyGenericChanges, hasChanges } from "../az/generic-update.ts";
import { getDeployment, getEndpoint } from "./find-endpoint.ts";
import { listJobsOf } from "./listed-jobs.ts";
import {
  endpointNameOption,
  fileOption,
  noWaitOption,
  readChanges,
  requiredFileOption,
  setFlags,
  setOption,
  updateOptions,
  yesOption,
} from "./shared-options.ts";

const nameOption = requiredText(["--name", "-n"], "Name of the deployment.", {
  placeholder: "NAME",
  completes: "deployment",
});
const optionalNameOption = text(["--name", "-n"], "Name of the deployment.", {
  placeholder: "NAME",
  completes: "deployment",
});
const optionalEndpointOption = text(["--endpoint-name", "-e"], "Name of the endpoint.", {
  placeholder: "NAME",
  completes: "endpoint",
});
const skipOption = toggle(["--skip-script-validation"], "Do not look for syntax errors in the scoring script.");

export const batchDeployment: CommandGroup = {
  summary: "deployments: what scores under an endpoint",
  commands: {
    create: defineCommand({
      summary: "make a deployment from a file, or replace one",
      description: "Model version, code and environment are pinned: what changes later changes no deployment.",
      options: {
        file: requiredFileOption,
        name: optionalNameOption,
        endpointName: optionalEndpointOption,
        setDefault: toggle(["--set-default"], "Make it the endpoint's default."),
        skipScriptValidation: skipOption,
        set: setOption,
        noWait: noWaitOption,
      },
      examples: [
        "batchwise batch-deployment create --file deployment.yml --endpoint-name digits --set-default",
        "batchwise batch-deployment create -f deployment.yml --set compute=azureml:cpu model=azureml:digits@latest",
      ],
      run: async (values, call) => {
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { parseDeploymentFile } = await import("../../config/files/deployment-file.ts");
        const flags = setFlags(
          { name: values.name, endpoint_name: values.endpointName },
          { endpoint_name: "--endpoint-name" },
        );
        const file = parseDeploymentFile({ path: values.file }, [...parseSetArguments(values.set), ...flags]);
        return await saveDeployment(await call.openCatalog(), file, { ...values, call });
      },
    }),
    update: defineCommand({
      summary: "change settings of a deployment, or replace it by a file",
      options: {
        name: optionalNameOption,
        endpointName: optionalEndpointOption,
        file: fileOption,
        skipScriptValidation: skipOption,
        ...updateOptions,
        noWait: noWaitOption,
      },
      examples: [
        "batchwise batch-deployment update -n first -e digits --set mini_batch_size=5 retry_settings.timeout=60",
      ],
      run: async (values, call) => {
        const catalog = await call.openCatalog();
        const file = await readUpdate(catalog, values);
        await getDeployment(catalog, file.endpointName, file.name);
        return await saveDeployment(catalog, file, { ...values, setDefault: false, call });
      },
    }),
    show: defineCommand({
      summary: "show a deployment",
      options: { name: nameOption, endpointName: endpointNameOption },
      examples: ["batchwise batch-deployment show --name first --endpoint-name digits"],
      run: async ({ name, endpointName }, call) => {
        const { presentDeployment } = await import("../../catalog/present/deployment.ts");
        return presentDeployment(await getDeployment(await call.openCatalog(), endpointName, name));
      },
    }),
    list: defineCommand({
      summary: "list the deployments of an endpoint",
      options: { endpointName: endpointNameOption },
      examples: ["batchwise batch-deployment list --endpoint-name digits -o table"],
      run: async ({ endpointName }, call) => {
        const catalog = await call.openCatalog();
        const { presentDeploymentListItem } = await import("../../catalog/present/deployment.ts");
        const endpoint = await getEndpoint(catalog, endpointName);
        return catalog.deployments.list(endpoint.name).map(presentDeploymentListItem);
      },
    }),
    delete: defineCommand({
      summary: "delete a deployment; its jobs stay",
      options: { name: nameOption, endpointName: endpointNameOption, yes: yesOption, noWait: noWaitOption },
      examples: ["batchwise batch-deployment delete --name first --endpoint-name digits --yes"],
      run: async ({ name, endpointName, yes, noWait }, call) => {
        await call.confirm(yes);
        const catalog = await call.openCatalog();
        if (!noWait) call.note(`Deleting batch deployment ${name}`);
        catalog.transaction(() => catalog.deployments.remove(endpointName, name));
        if (!noWait) call.note("Done");
        return null;
      },
    }),
    "list-jobs": defineCommand({
      summary: "list the jobs of a deployment, newest first",
      options: { name: nameOption, endpointName: endpointNameOption },
      examples: ['batchwise batch-deployment list-jobs --name first --endpoint-name digits --query "[].name" -o tsv'],
      table: ({ name, status }) => ({ name, status }),
      run: async ({ name, endpointName }, call) => {
        const catalog = await call.openCatalog();
        const deployment = await getDeployment(catalog, endpointName, name);
        return await listJobsOf(catalog, deployment.endpoint, deployment.name);
      },
    }),
  },
};

interface UpdateValues {
  readonly name: string | null;
  readonly endpointName: string | null;
  readonly file: string | null;
  readonly set: readonly string[];
  readonly add: readonly (readonly string[])[];
  readonly remove: readonly (readonly string[])[];
  readonly forceString: boolean;
}

async function readUpdate(catalog: Catalog, values: UpdateValues): Promise<DeploymentFile> {
  const { parseDeploymentFile } = await import("../../config/files/deployment-file.ts");
  const changes = readChanges(values);
  const flags = setFlags(
    { name: values.name, endpoint_name: values.endpointName },
    { endpoint_name: "--endpoint-name" },
  );
  if (values.file !== null) {
    const { readPlainFile } = await import("./plain-file.ts");
    const source = hasChanges(changes)
      ? readPlainFile(values.file, (plain) => applyGenericChanges(plain, changes))
      : { path: values.file };
    return parseDeploymentFile(source, flags);
  }
  const missing = [
    ...(values.name === null ? ["--name/-n"] : []),
    ...(values.endpointName === null ? ["--endpoint-name/-e"] : []),
  ];
  if (values.name === null || values.endpointName === null) {
    throw new AzError(2, `the following arguments are required: ${missing.join(", ")}`);
  }
  const { presentDeployment } = await import("../../catalog/present/deployment.ts");
  const current = presentDeployment(await getDeployment(catalog, values.endpointName, values.name));
  // The settings may be addressed as in a file of `type: model`, too.
  const flat = { ...changes, set: changes.set.map((word) => word.replace(/^settings\./, "")) };
  return parseDeploymentFile({ value: applyGenericChanges(fillLevels(current), flat), baseDir: process.cwd() }, []);
}

/** Levels and values that --set may make stand there, empty. */
function fillLevels(current: object): Record<string, unknown> {
  const empty = {
    description: null,
    retry_settings: {},
    resources: {},
    environment_variables: {},
    tags: {},
    properties: {},
  };
  return { ...empty, ...current };
}

interface SaveOptions {
  readonly setDefault: boolean;
  readonly skipScriptValidation: boolean;
  readonly noWait: boolean;
  readonly call: Call;
}

async function saveDeployment(catalog: Catalog, file: DeploymentFile, options: SaveOptions) {
  const { call, noWait, skipScriptValidation } = options;
  if (file.form === "pipeline") {
    throw new AzError(
      1,
      `Deployment ${file.name}: pipeline component deployments are not supported yet; a deployment of a model is wanted.`,
    );
  }
  await getEndpoint(catalog, file.endpointName);
  if (!skipScriptValidation) await (await import("./validate-script.ts")).validateScript(file);
  const { deploy } = await import("../../catalog/deploy.ts");
  const { deployment, notices } = deploy(catalog, file, { setDefault: options.setDefault });
  for (const notice of notices) call.warn(notice);
  if (noWait) {
    call.note(`See it with: batchwise batch-deployment show -n ${deployment.name} -e ${deployment.endpoint}`);
    return null;
  }
  const { presentDeployment } = await import("../../catalog/present/deployment.ts");
  return presentDeployment(deployment);
}
