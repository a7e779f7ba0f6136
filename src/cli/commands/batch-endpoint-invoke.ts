import { basename, dirname, extname } from "node:path";
import type { Catalog } from "../../catalog/catalog.ts";
import type { DeploymentRecord, EndpointRecord } from "../../catalog/records.ts";
import type { InvokeFile } from "../../config/files/invoke-file.ts";
import type { SetValue } from "../../config/files/source.ts";
import type { JobInput } from "../../jobs/job-inputs.ts";
import { AzError } from "../az/az-error.ts";
import { defineCommand, number, requiredText, text } from "../az/command.ts";
import { getEndpoint } from "./find-endpoint.ts";
import { locateOutput, onDatastore } from "./locate-output.ts";
import { fileOption, setFlags, setOption, sourceOf } from "./shared-options.ts";
import { submit } from "./submit.ts";

export const invoke = defineCommand({
  summary: "submit a job to an endpoint; returns at once",
  description:
    "The job takes the endpoint's default deployment, or the one named, as it is at this moment: later changes do not reach it. job stream follows it.",
  options: {
    name: requiredText(["--name", "-n"], "Name of the endpoint.", { placeholder: "NAME", completes: "endpoint" }),
    deploymentName: text(["--deployment-name", "-d"], "Deployment; the endpoint's default when it is not given.", {
      placeholder: "NAME",
      completes: "deployment",
    }),
    input: text(
      ["--input"],
      "Folder, file, URL, azureml:NAME:VERSION, azureml:NAME@latest or azureml://datastores/….",
      {
        placeholder: "INPUT",
        completes: "file",
        oldNames: ["--input-path", "--input-local-path", "--input-data", "--input-dataset"],
      },
    ),
    inputType: text(["--input-type"], "uri_folder or uri_file.", { placeholder: "TYPE" }),
    file: fileOption,
    set: setOption,
    miniBatchSize: number(["--mini-batch-size", "-m"], "Files handed to one run() call, for this job."),
    instanceCount: number(["--instance-count", "-c"], "Instances for this job."),
    outputPath: text(["--output-path"], "azureml://datastores/NAME/paths/PATH, or a local folder.", {
      placeholder: "PATH",
    }),
    jobName: text(["--job-name"], "Name of the job; one is made up when it is not given.", { placeholder: "NAME" }),
    experimentName: text(["--experiment-name"], "Experiment that the job is listed under.", { placeholder: "NAME" }),
    clientKey: text(["--client-key"], "The same key means the same job, however often it is submitted.", {
      placeholder: "KEY",
    }),
    inputs: text(["--inputs"], "All inputs as JSON, in the form of the invoke file.", { placeholder: "JSON" }),
    outputs: text(["--outputs"], "All outputs as JSON, in the form of the invoke file.", { placeholder: "JSON" }),
    inputDatastore: text(["--input-datastore"], "Datastore of --input.", { hidden: true }),
    outputDatastore: text(["--output-datastore"], "Datastore of --output-path.", { hidden: true }),
  },
  examples: [
    "JOB=$(batchwise batch-endpoint invoke --name digits --input ./images --query name -o tsv)",
    "batchwise batch-endpoint invoke -n digits --input azureml:images@latest --mini-batch-size 20 --instance-count 2",
    "batchwise batch-endpoint invoke -n digits --input data.csv --input-type uri_file --set output_file_name=out.csv",
    "batchwise batch-endpoint invoke -n digits --file inputs.yml --deployment-name second",
  ],
  run: async (values, call) => {
    const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
    const { parseInvokeFile } = await import("../../config/files/invoke-file.ts");
    const file = parseInvokeFile(sourceOf(values.file), [
      ...parseSetArguments(values.set),
      ...setFlags({
        mini_batch_size: values.miniBatchSize,
        "compute.instance_count": values.instanceCount,
        job_name: values.jobName,
      }),
      ...readJsonFlag(values.inputs, "inputs"),
      ...readJsonFlag(values.outputs, "outputs"),
    ]);
    const catalog = await call.openCatalog();
    const endpoint = await getEndpoint(catalog, values.name);
    const deployment = chooseDeployment(catalog, endpoint, values.deploymentName ?? file.value.deployment);
    const given = values.file === null ? values : { ...values, input: null, inputType: null };
    const inputs = [...readInputFlag(given), ...readInputs(file)];
    if (inputs.length === 0) {
      throw new AzError(1, `Endpoint ${endpoint.name} scores files, and no input is given.`, [
        "hint: give a folder or file with --input, or inputs in the file of --file",
      ]);
    }
    const output = await readOutput(catalog, values, file);
    const { value } = file;
    return await submit(call, {
      deployment,
      inputs,
      overrides: {
        miniBatchSize: value.mini_batch_size,
        instanceCount: value.compute?.instance_count ?? null,
        maxConcurrencyPerInstance: value.max_concurrency_per_instance,
        maxRetries: value.retry_settings?.max_retries ?? null,
        timeoutSeconds: typeof value.retry_settings?.timeout === "number" ? value.retry_settings.timeout : null,
        errorThreshold: value.error_threshold,
        outputFileName: output.fileName ?? value.output_file_name,
        loggingLevel: value.logging_level,
      },
      name: value.job_name,
      clientKey: values.clientKey,
      experiment: values.experimentName ?? endpoint.name,
      outputPath: output.folder,
    });
  },
});

/** In az's words: a deployment that is not there ends with 1. */
function chooseDeployment(catalog: Catalog, endpoint: EndpointRecord, asked: string | null): DeploymentRecord {
  const name = asked ?? endpoint.defaultDeployment;
  const found = name === null ? null : catalog.deployments.get(endpoint.name, name);
  if (found !== null) return found;
  const there = catalog.deployments.list(endpoint.name).map((each) => each.name);
  if (asked !== null) {
    const message =
      there.length === 0
        ? "No deployment exists for this endpoint"
        : `Deployment name ${asked} not found for this endpoint`;
    throw new AzError(1, message, there.length === 0 ? [] : [`hint: it has ${there.join(", ")}`]);
  }
  const how =
    there.length === 0
      ? `hint: it has no deployment yet; batchwise batch-deployment create --endpoint-name ${endpoint.name} --file … --set-default makes one`
      : `hint: batchwise batch-endpoint update --name ${endpoint.name} --set defaults.deployment_name=${there[0]}`;
  throw new AzError(1, "Set a default deployment or provide a deployment name through cli command.", [how]);
}

function readJsonFlag(written: string | null, key: string): SetValue[] {
  if (written === null) return [];
  try {
    return [{ path: [key], value: JSON.parse(written), label: `--${key}` }];
  } catch (error) {
    throw new AzError(1, `--${key}: JSON is wanted: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface InputFlags {
  readonly input: string | null;
  readonly inputType: string | null;
  readonly inputDatastore: string | null;
}

/** `--input` with its type; also in the forms of 2021: `folder:azureml://…`, and a path in `--input-datastore`. */
function readInputFlag({ input, inputType, inputDatastore }: InputFlags): JobInput[] {
  if (inputType !== null && inputType !== "uri_folder" && inputType !== "uri_file") {
    throw new AzError(
      1,
      "Unsupported input please use either a path on the datastore, public URI, a registered data asset, or a local folder path.",
    );
  }
  if (input === null) return [];
  const old = /^(file|folder):(?=azureml:|https?:)|^(folder):/i.exec(input);
  const oldWord = (old?.[1] ?? old?.[2])?.toLowerCase();
  const path = old === null ? input : input.slice(old[0].length);
  return [
    {
      name: "input",
      type: oldWord === undefined ? inputType : oldWord === "file" ? "uri_file" : "uri_folder",
      value: inputDatastore === null ? path : onDatastore(inputDatastore, path),
    },
  ];
}

function readInputs(file: InvokeFile): JobInput[] {
  return [...(file.value.inputs ?? [])].map(([name, input]) => {
    if (input.kind === "literal" || input.path === null) {
      throw new AzError(
        1,
        `inputs.${name}: a deployment of a model takes data, and no literals; give it type and path.`,
      );
    }
    if (input.type !== null && input.type !== "uri_folder" && input.type !== "uri_file") {
      throw new AzError(1, `inputs.${name}: type ${input.type} is not supported; wanted: uri_folder or uri_file.`);
    }
    return { name, type: input.type, value: input.path };
  });
}

interface OutputPlace {
  /** Absolute folder; null for the job's own. */
  readonly folder: string | null;
  readonly fileName: string | null;
}

/** Where the results go: `--output-path`, else the one output of the file. */
async function readOutput(
  catalog: Catalog,
  values: { readonly outputPath: string | null; readonly outputDatastore: string | null },
  file: InvokeFile,
): Promise<OutputPlace> {
  if (values.outputPath !== null) {
    const path = values.outputPath.replace(/^folder:/i, "");
    const written = values.outputDatastore === null ? path : onDatastore(values.outputDatastore, path);
    return { folder: await locateOutput(catalog, written), fileName: null };
  }
  const outputs = [...(file.value.outputs ?? [])];
  const [first] = outputs;
  if (first === undefined) return { folder: null, fileName: null };
  if (outputs.length > 1) throw new AzError(1, "A deployment of a model has one output, and several are given.");
  const [name, output] = first;
  if (typeof output === "string") throw new AzError(1, `outputs.${name}: a map with type and path is wanted.`);
  if (output.type !== null && output.type !== "uri_file") throw new AzError(1, "Job output type must be 'uri_file'.");
  if (output.path === null) return { folder: null, fileName: null };
  const place = await locateOutput(catalog, output.path);
  // A path without a file in it is a folder that receives the deployment's file.
  const isFile = extname(place) !== "" && !output.path.endsWith("/");
  return isFile ? { folder: dirname(place), fileName: basename(place) } : { folder: place, fileName: null };
}
