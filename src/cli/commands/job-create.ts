import { writeFileSync } from "node:fs";
import type { Catalog } from "../../catalog/catalog.ts";
import type { PipelineJobFile } from "../../config/files/job-file.ts";
import { BatchwiseError } from "../../errors.ts";
import { AzError } from "../az/az-error.ts";
import { defineCommand, text, toggle } from "../az/command.ts";
import { streamToEnd } from "./job-stream.ts";
import { loadJobView } from "./job-view.ts";
import { locateOutput } from "./locate-output.ts";
import { requiredFileOption, setFlags, setOption } from "./shared-options.ts";
import { submit } from "./submit.ts";

async function readJobFile(file: string, set: readonly string[], name: string | null): Promise<PipelineJobFile> {
  const { parseJobFile } = await import("../../config/files/job-file.ts");
  const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
  return parseJobFile({ path: file }, [...parseSetArguments(set), ...setFlags({ name })]);
}

export const create = defineCommand({
  summary: "submit a job from a file: a pipeline with one parallel step",
  options: {
    file: requiredFileOption,
    name: text(["--name", "-n"], "Name of the job.", { placeholder: "NAME" }),
    set: setOption,
    stream: toggle(["--stream", "-s"], "Follow the job until it ends."),
    saveAs: text(["--save-as", "-a"], "Write what is printed to this file, too, as YAML.", { placeholder: "FILE" }),
    web: toggle(["--web", "-e"], "Name the job's page on stderr."),
    skipValidation: toggle(["--skip-validation"], "Taken and left aside."),
  },
  examples: ["batchwise job create --file pipeline.yml --set inputs.files.path=./images --query name -o tsv"],
  run: async ({ file, name, set, stream, saveAs, web }, call) => {
    const catalog = await call.openCatalog();
    const { prepareParallelJob } = await import("../../catalog/pipeline-job.ts");
    const parallel = prepareParallelJob(catalog, await readJobFile(file, set, name));
    for (const notice of parallel.notices) call.warn(notice);
    const { presentJob, jobPageUrl } = await import("../../jobs/present-job.ts");
    const submitted = await submit(call, {
      deployment: parallel.deployment,
      inputs: [parallel.input],
      name: parallel.name,
      displayName: parallel.displayName,
      experiment: parallel.experiment ?? "Default",
      description: parallel.description,
      tags: parallel.tags,
      properties: parallel.properties,
      outputPath: parallel.outputPath === null ? null : await locateOutput(catalog, parallel.outputPath),
      programArguments: parallel.programArguments,
    });
    if (web) call.note(`The job's page, while batchwise serve runs: ${jobPageUrl(submitted.name)}`);
    if (stream) await streamToEnd(call, submitted.name);
    const shape = presentJob(await loadJobView(call, submitted.name));
    if (saveAs !== null) {
      const { formatYaml } = await import("../az/output/yaml.ts");
      writeFileSync(saveAs, formatYaml(shape, false));
    }
    return shape;
  },
});

export const validate = defineCommand({
  summary: "look for mistakes in a job file, without submitting it",
  options: { file: requiredFileOption, set: setOption },
  examples: ["batchwise job validate --file pipeline.yml"],
  run: async ({ file, set }, call) => {
    try {
      await checkJob(await call.openCatalog(), file, set);
      return { result: "Succeeded" };
    } catch (error) {
      if (!(error instanceof BatchwiseError) && !(error instanceof AzError)) throw error;
      call.exitCode = 1;
      return { result: "Failed", errors: [{ message: error.message, location: file }] };
    }
  },
});

async function checkJob(catalog: Catalog, file: string, set: readonly string[]): Promise<void> {
  const parsed = await readJobFile(file, set, null);
  const { prepareParallelJob } = await import("../../catalog/pipeline-job.ts");
  prepareParallelJob(catalog, parsed);
}
