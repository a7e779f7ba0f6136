import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { type Deployment, readDeploymentFile } from "./deployment-file.ts";
import type { JobSettings } from "./job-settings.ts";
import { mergeSettings } from "./merge-settings.ts";
import type { SettingLayer } from "./setting-layer.ts";
import type { SettingName } from "./settings.ts";

let folder: string;

beforeEach(() => {
  folder = makeTempFolder();
  writeTree(folder, { "code/score.py": "", "conda.yml": "", "model/weights.bin": "" });
});

function read(text: string): Deployment {
  writeTree(folder, { "deployment.yml": text });
  return readDeploymentFile(join(folder, "deployment.yml"), join(folder, "specs"));
}

function flags(values: Partial<Record<SettingName, unknown>>): SettingLayer {
  return new Map(
    Object.entries(values).map(([name, raw]) => [
      name as SettingName,
      { raw, place: { label: `--${name}`, baseDir: folder } },
    ]),
  );
}

function merge(text: string, given: Partial<Record<SettingName, unknown>> = {}): JobSettings {
  return mergeSettings([flags({ inputs: ["in"], ...given }), read(text).layer], {
    defaultName: "job",
    scriptArguments: [],
  });
}

const flat = `
$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json
name: mnist-torch-dpl
description: A deployment
endpoint_name: mnist-batch
model: {path: model}
code_configuration:
  code: code
  scoring_script: score.py
environment:
  conda_file: conda.yml
  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest
compute: azureml:batch-cluster
resources: {instance_count: 2}
max_concurrency_per_instance: "3"
mini_batch_size: "7"
output_action: Append_Row
output_file_name: rows.csv
retry_settings: {max_retries: 5, timeout: 300}
error_threshold: 4
logging_level: DEBUG
environment_variables: {COUNTRY: no, VERSION: 1.10, PORT: 010}
`;

const typed = `
name: mnist-torch-dpl
type: model
endpoint_name: mnist-batch
model: {path: ./model, name: m, version: 3, type: custom_model}
code_configuration: {code: ./code, scoring_script: score.py}
environment: {conda_file: ./conda.yml, image: x}
compute: azureml:batch-cluster
resources: {instance_count: 2}
provisioning_state: Succeeded
creation_context: {created_at: 2024-01-01}
settings:
  max_concurrency_per_instance: 3
  mini_batch_size: 7
  output_action: append_row
  output_file_name: rows.csv
  retry_settings: {max_retries: 5, timeout: 300}
  error_threshold: 4
  logging_level: debug
  environment_variables: {COUNTRY: "no", VERSION: "1.10", PORT: "010"}
`;

describe("a deployment file", () => {
  test("says the same in both shapes", () => {
    const settings = merge(flat);
    expect(settings).toMatchObject({
      script: join(folder, "code", "score.py"),
      codeDir: join(folder, "code"),
      model: join(folder, "model"),
      environmentFile: join(folder, "conda.yml"),
      workers: 3,
      miniBatchSize: 7,
      outputAction: "append_row",
      outputFileName: "rows.csv",
      maxRetries: 5,
      timeoutMs: 300_000,
      errorThreshold: 4,
      loggingLevel: "debug",
      environmentVariables: { COUNTRY: "no", VERSION: "1.10", PORT: "010" },
    });
    expect(merge(typed)).toEqual(settings);
  });

  test("is overridden by options; variables add up", () => {
    const settings = merge(typed, { workers: "1", model: "other", environmentVariables: ["PORT=1", "MORE=2"] });
    expect(settings.workers).toBe(1);
    expect(settings.model).toBe(join(folder, "other"));
    expect(settings.environmentVariables).toEqual({ COUNTRY: "no", VERSION: "1.10", PORT: "1", MORE: "2" });
  });

  test("tells what is left aside", () => {
    expect(read(flat).notices.join("\n")).toMatch(/batch-cluster.*instance_count 2/s);
    expect(read("name: x\ncompute: local").notices).toEqual([]);
  });

  test("may be flat and have settings; the same value twice is fine, another is not", () => {
    expect(merge("mini_batch_size: 5\nsettings: {mini_batch_size: 5}", { script: "code/score.py" }).miniBatchSize).toBe(
      5,
    );
    expect(() => merge("mini_batch_size: 5\nsettings:\n  mini_batch_size: 6", { script: "code/score.py" })).toThrow(
      /deployment\.yml:3:3: mini_batch_size stands at the top \(line 1\) and below settings/,
    );
  });

  test("with a registered model needs --model", () => {
    const text = "code_configuration: {code: code, scoring_script: score.py}\nmodel: azureml:m:1";
    expect(() => merge(text)).toThrow(/deployment\.yml:2:8: model: "azureml:m:1" names a registered/);
    expect(merge(text, { model: "model" }).model).toBe(join(folder, "model"));
  });

  test("with a registered environment needs --environment", () => {
    const text = "code_configuration: {code: code, scoring_script: score.py}\nenvironment: azureml:e@latest";
    expect(() => merge(text)).toThrow(/environment: "azureml:e@latest" names a registered environment/);
    expect(merge(text, { environmentFile: "conda.yml" }).environmentFile).toBe(join(folder, "conda.yml"));
  });

  test("may hold the conda file, or name a file that does", () => {
    const script = "code_configuration: {code: code, scoring_script: score.py}\n";
    const inline = merge(`${script}environment:\n  conda_file:\n    dependencies: [python=3.11, {pip: [six==1.16.0]}]`);
    expect(JSON.parse(readFileSync(inline.environmentFile as string, "utf8"))).toEqual({
      dependencies: ["python=3.11", { pip: ["six==1.16.0"] }],
    });
    writeTree(folder, { "envs/env.yml": "name: e\nimage: x\nconda_file: conda.yml" });
    expect(merge(`${script}environment: file:./envs/env.yml`).environmentFile).toBe(join(folder, "envs", "conda.yml"));
  });

  test("may name an interpreter, and what a worker gets below resources", () => {
    const settings = merge(
      "code_configuration: {code: code, scoring_script: score.py}\nenvironment: {python: ./venv/bin/python}\nresources: {memory_limit: 2g}",
    );
    expect(settings).toMatchObject({ python: join(folder, "venv/bin/python"), memoryLimitBytes: 2 * 1024 ** 3 });
    expect(settings.environmentFile).toBeNull();
  });

  test("of an MLflow model needs neither script nor environment", () => {
    const text = "model: {path: model, type: mlflow_model}";
    expect(() => merge(text)).toThrow(/--script is missing/);
    expect(merge(text, { script: "code/score.py" }).model).toBe(join(folder, "model"));
    writeTree(folder, { "models/inner/MLmodel": "flavors: {}" });
    const settings = merge("model: {path: models, type: mlflow_model}");
    expect(settings.script).toMatch(/batchwise_mlflow\/mlflow_score\.py$/);
    expect(settings.codeDir).toMatch(/batchwise_mlflow$/);
    expect(settings.environmentFile).toBe(join(folder, "models", "inner", "MLmodel"));
    expect(merge("model: {path: models}", { environmentFile: "conda.yml" }).environmentFile).toBe(
      join(folder, "conda.yml"),
    );
  });

  test("reads 1.9 as 1 and says so, as Azure ML does", () => {
    const text = "mini_batch_size: 1.9";
    expect(merge(text, { script: "code/score.py" }).miniBatchSize).toBe(1);
    expect(read(text).notices.join()).toContain("1.9 is read as 1");
  });

  test("lets --script lie in its code folder or elsewhere", () => {
    writeTree(folder, { "code/other.py": "", "elsewhere/score.py": "" });
    expect(merge(typed, { script: "code/other.py" })).toMatchObject({
      script: join(folder, "code/other.py"),
      codeDir: join(folder, "code"),
    });
    expect(merge(typed, { script: "elsewhere/score.py" })).toMatchObject({ codeDir: join(folder, "elsewhere") });
    writeTree(folder, { "copy/score.py": "" });
    expect(merge(typed, { codeDir: "copy" })).toMatchObject({
      script: join(folder, "copy/score.py"),
      codeDir: join(folder, "copy"),
    });
  });

  test("with summary_only by option needs no other file", () => {
    expect(merge(typed, { outputAction: "summary_only" }).outputAction).toBe("summary_only");
  });

  test.for([
    ["mini_batch_sise: 5", /1:1: there is no key mini_batch_sise.*/],
    ["settings: {retry_settings: {timout: 5}}", /there is no key settings\.retry_settings\.timout/],
    ["settings: {name: x}", /there is no key settings\.name/],
    ["type: pipeline\ncomponent: ./c.yml", /1:1: this is a pipeline deployment/],
    ["type: modell", /type: "modell" is not allowed/],
    [
      "mini_batch_size: ten",
      /mini_batch_size \(deployment\.yml:1:1\): "ten" is not allowed; wanted: a whole number from 1 to/,
    ],
    ["mini_batch_size: true", /mini_batch_size .*true is not allowed/],
    ["mini_batch_size: [1]", /mini_batch_size .*a list is not allowed/],
    ["output_action: sometimes", /output_action .*append_row, summary_only/],
    ["output_action: summary_only\noutput_file_name: x.csv", /summary_only/],
    ["environment_variables: [A]", /a map of names and values/],
    ["environment_variables: {A: [1]}", /environment_variables\.A: text is wanted/],
    ["environment_variables: {'A B': 1}", /environment_variables .*NAME=VALUE/],
    ["code_configuration: {code: code}", /no scoring_script/],
    ["code_configuration: x", /code_configuration: a map is wanted/],
    ["code_configuration: {code: azureml:c:1, scoring_script: s.py}", /registered or remote code/],
    ["model: model", /wanted: a map with path/],
    ["model: {path: azureml://datastores/x}", /registered or remote model/],
    ["dependencies: []", /looks like a conda file/],
    ["- a", /a map of keys and values/],
    ["", /a map of keys and values/],
  ] as const)("refuses %j", ([text, message]) => {
    const script = text.includes("code_configuration") ? {} : { script: "code/score.py" };
    expect(() => merge(text, script)).toThrow(message);
  });
});
