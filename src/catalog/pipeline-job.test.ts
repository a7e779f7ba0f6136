// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how pipelines are written.
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCatalog } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { parseJobFile } from "../config/files/job-file.ts";
import { parseSetArguments } from "../config/files/set-arguments.ts";
import type { Catalog } from "./catalog.ts";
import { prepareParallelJob } from "./pipeline-job.ts";

let folder: string;
let catalog: Catalog;

const job = `
type: pipeline
display_name: digits
experiment_name: nightly
inputs:
  images: {type: uri_folder, path: ./images}
  model: {type: uri_folder, path: ./model}
  label: cats
outputs:
  rows: {type: uri_file, path: "./out/rows.csv"}
settings: {default_compute: azureml:cpu-cluster}
jobs:
  score:
    type: parallel
    mini_batch_size: "5"
    mini_batch_error_threshold: 3
    max_concurrency_per_instance: 2
    logging_level: DEBUG
    input_data: \${{inputs.scored}}
    inputs:
      scored: \${{parent.inputs.images}}
      model: \${{parent.inputs.model}}
      label: \${{parent.inputs.label}}
      none: \${{parent.inputs.none}}
    outputs: {result: "\${{parent.outputs.rows}}"}
    resources: {instance_count: 2}
    task:
      type: run_function
      code: ./src
      entry_script: score.py
      environment: {name: ignored, conda_file: {dependencies: [python=3.11]}}
      program_arguments: >-
        --model \${{inputs.model}} --error_threshold 7
        --label \${{inputs.label}} $[[--none \${{inputs.none}}]]
      append_row_to: \${{outputs.result}}
`;

beforeEach(() => {
  folder = makeTempFolder();
  catalog = makeCatalog();
  writeTree(folder, { "src/score.py": "", "images/a.png": "", "model/weights": "x" });
});

function prepare(text: string, ...sets: string[]) {
  writeTree(folder, { "job.yml": text });
  return prepareParallelJob(catalog, parseJobFile({ path: join(folder, "job.yml") }, parseSetArguments(sets)));
}

describe("a pipeline with one parallel step", () => {
  test("is a job with everything pinned", () => {
    const prepared = prepare(job);
    expect(prepared).toMatchObject({
      name: null,
      displayName: "digits",
      experiment: "nightly",
      input: { name: "scored", value: join(folder, "images"), type: "uri_folder" },
      outputPath: join(folder, "out"),
      programArguments: ["--model", join(folder, "model"), "--label", "cats"],
      notices: [
        "mini_batch_error_threshold is left aside: error_threshold counts failed items",
        "compute cpu-cluster: the jobs run on this machine",
      ],
    });
    expect(prepared.deployment).toMatchObject({
      endpoint: "",
      name: "score",
      code: { scoringScript: "score.py" },
      environment: { name: "CliV2AnonymousEnvironment" },
      compute: "cpu-cluster",
      settings: {
        instanceCount: 2,
        miniBatchSize: 5,
        maxConcurrencyPerInstance: 2,
        maxRetries: 2,
        timeoutSeconds: 60,
        errorThreshold: 7,
        loggingLevel: "debug",
        outputAction: "append_row",
        outputFileName: "rows.csv",
      },
    });
    expect(catalog.deployments.list()).toEqual([]);
    expect(catalog.assets.get("code", prepared.deployment.code?.name ?? "", "1")).not.toBeNull();
  });

  test("takes --set, also below its steps", () => {
    const prepared = prepare(
      job,
      "inputs.images.path=model",
      "jobs.score.retry_settings.timeout=5",
      "settings.force_rerun=True",
    );
    expect(prepared.input.value).toBe(join(folder, "model"));
    expect(prepared.deployment.settings.timeoutSeconds).toBe(5);
  });

  test("fills in the job's name and the default datastore", () => {
    const path = "azureml://datastores/${{default_datastore}}/paths/${{name}}/rows.csv";
    const { name, outputPath, deployment } = prepare(job.replace("./out/rows.csv", path));
    expect(name).toMatch(/^score-[0-9a-f]{12}$/);
    expect(outputPath).toBe(`azureml://datastores/workspaceblobstore/paths/${name}`);
    expect(deployment.settings.outputFileName).toBe("rows.csv");
    expect(prepare(job.replace("./out/rows.csv", path), "name=mine").outputPath).toMatch(/\/paths\/mine$/);
    expect(() => prepare(job.replace("./out/rows.csv", "${{other}}/rows.csv"))).toThrow(/cannot be filled in/);
  });

  test("without append_row_to leaves writing to the script", () => {
    const { deployment, outputPath } = prepare(
      job.replace(/ +append_row_to: .*\n/, "").replace('uri_file, path: "./out/rows.csv"', "uri_folder, path: ./out/"),
    );
    expect(deployment.settings).toMatchObject({ outputAction: "summary_only", outputFileName: null });
    expect(outputPath).toBe(join(folder, "out"));
  });

  test.for([
    [
      job.replace("    input_data: ${{inputs.scored}}", "    input_data: ${{inputs.nothing}}"),
      /job\.yml:\d+:\d+: input_data: .*leads to no input/,
    ],
    [
      job.replace("./images}", "./images}\n  more: x").replace("uri_folder, path: ./images", "mltable, path: ./images"),
      /an mltable cannot be read here/,
    ],
    [job.replace('"5"', "10kb"), /job\.yml:\d+:\d+: mini_batch_size in bytes is for tables/],
    [job.replace("score.py", "none.py"), /job\.yml:\d+:\d+: Failed to open scoring script/],
    [
      job.replace("--model ${{inputs.model}}", "--out ${{outputs.result}}"),
      /AZUREML_BI_OUTPUT_PATH|another one for each worker/,
    ],
    [
      job.replace("$[[--none ${{inputs.none}}]]", "--none ${{inputs.none}}"),
      /program_arguments: inputs\.none has no value/,
    ],
    [
      job.replace("append_row_to: ${{outputs.result}}", "append_row_to: ${{outputs.other}}"),
      /names no output of this step/,
    ],
    [
      `${job}  second:\n    type: parallel\n    task: {}\n    input_data: x\n`,
      /this pipeline has 2 steps, and one parallel step runs here/,
    ],
  ] as const)("is refused: %#", ([text, message]) => {
    expect(() => prepare(text)).toThrow(message);
  });
});
