/** The forms of commands that Azure's own scripts use, through the shim in a shell with `set -e`: each must work, and print what the scripts read. */

import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeTree } from "../support/temp-folder.ts";
import { type AzPlace, makeAzPlace, type ShellResult, writeDeployment } from "./az-place.ts";

const folder = mkdtempSync(join(tmpdir(), "batchwise-az-"));
let az: AzPlace;

beforeAll(async () => {
  az = await makeAzPlace(folder);
  writeDeployment(folder, "names");
  writeTree(folder, {
    "conda.yaml": "name: scoring\nchannels: [conda-forge]\ndependencies: [python>=3.8]\n",
    "env.yml":
      "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: scoring\nimage: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:latest\nconda_file: conda.yaml\n",
    "context/Dockerfile": "FROM ubuntu\n",
    "data.yml": "name: files\ntype: uri_folder\npath: in\ndescription: three files\n",
    "inputs.yml": "inputs:\n  files: {type: uri_folder, path: in}\n",
    "component.yml": "name: step\ntype: command\nversion: 1\ncommand: echo\n",
    "flat.yml":
      "name: flat-dpl\nendpoint_name: names\nmodel: {path: model}\ncode_configuration: {code: code, scoring_script: score.py}\nmini_batch_size: 5\n",
  });
  await ok(
    "az ml batch-endpoint create -n names\naz ml batch-deployment create -f deployment.yml --endpoint names --set-default",
  );
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs lines that must all succeed; stdout without its last newline. */
async function ok(script: string): Promise<string> {
  const result = await az.run(script);
  expect(result, script).toMatchObject({ code: 0 });
  return result.stdout.replace(/\n$/, "");
}

async function failing(script: string, code: number): Promise<ShellResult> {
  const result = await az.run(script);
  expect(result, script).toMatchObject({ code });
  return result;
}

describe("compute", () => {
  test("create -n N --type amlcompute --min-instances 0 --max-instances 5, and with --size", async () => {
    const printed = await ok(
      "az ml compute create -n batch-cluster --type amlcompute --min-instances 0 --max-instances 5",
    );
    expect(JSON.parse(printed)).toMatchObject({
      name: "batch-cluster",
      type: "amlcompute",
      min_instances: 0,
      max_instances: 5,
    });
    await ok(
      "az ml compute create -n gpu --type AmlCompute --min-instances 0 --max-instances 5 --size STANDARD_NC6s_v3 -g rg -w ws",
    );
    expect(await ok("az ml compute list --query \"[?name=='gpu'].size\" -o tsv")).toBe("STANDARD_NC6s_v3");
  });

  test("show --name N as a condition, delete --name N --yes --no-wait", async () => {
    const script = "if az ml compute show --name nothing >/dev/null 2>&1; then echo there; else echo absent; fi";
    expect(await ok(script)).toBe("absent");
    await failing("az ml compute show --name nothing", 3);
    expect(
      await ok(
        "az ml compute create -n gone --type amlcompute >/dev/null\naz ml compute delete --name gone --yes --no-wait",
      ),
    ).toBe("");
    await failing("az ml compute show -n gone", 3);
  });
});

describe("model", () => {
  test("create --name N --path P, again with --type, then show --label latest --query version", async () => {
    expect(JSON.parse(await ok("az ml model create --name digits --path model"))).toMatchObject({
      name: "digits",
      version: "1",
    });
    writeTree(folder, { "second/weights.txt": "4 5 6" });
    await ok('az ml model create --name digits --path second --type "custom_model"');
    expect(await ok("az ml model show --name digits --label latest --query version --output tsv")).toBe("2");
    expect(JSON.parse(await ok("az ml model show --name digits --version 1 --registry-name azureml"))).toMatchObject({
      version: "1",
      resourceGroup: "batchwise",
    });
  });

  test("the same content again adds nothing, and says so", async () => {
    const { stdout, stderr } = await az.run(
      "az ml model create --name once --path model --query version -otsv\naz ml model create --name once --path model --query version -otsv",
    );
    expect(stdout).toBe("1\n1\n");
    expect(stderr).toContain("model once:1 has this very content already");
  });

  test("show of one that is absent prints nothing: [[ $(az ml model show …) ]] is false", async () => {
    const script =
      "if [[ $(az ml model show --name nothing --version 1 2>/dev/null || true) ]]; then echo there; else echo absent; fi";
    expect(await ok(script)).toBe("absent");
    await failing("az ml model show --name nothing --label latest", 3);
    expect((await failing("az ml model show --name digits", 1)).stderr).toContain(
      "Must provide either version or label",
    );
    expect((await failing("az ml model show --name digits -v 1 -l latest", 1)).stderr).toContain(
      "Cannot specify both version and label.",
    );
  });

  test("list --name N 2>&1: the first version in the text is the latest, and no value is []", async () => {
    const text = await ok("az ml model list --name digits --registry-name R 2>&1");
    expect(/"version": "([^"]*)"/.exec(text)?.[1]).toBe("2");
    expect(text).not.toContain(": []");
    expect(await ok("az ml model list --query '[?name==`digits`].\"latest version\"' -o tsv")).toBe("2");
  });

  test("download, archive, restore, update", async () => {
    await ok("az ml model download --name digits --version 1 --download-path fetched");
    expect(readFileSync(join(folder, "fetched/digits/model/weights.txt"), "utf8")).toBe("1 2 3");
    await ok("az ml model archive --name digits --version 2");
    expect(await ok("az ml model show -n digits -l latest --query version -otsv")).toBe("1");
    await ok("az ml model restore --name digits --version 2");
    await ok("az ml model update -n digits -v 2 --set tags.abc=456 --stage Production >/dev/null");
    expect(JSON.parse(await ok("az ml model show -n digits -v 2 --query '{tags:tags,stage:stage}'"))).toEqual({
      stage: "Production",
      tags: { abc: "456" },
    });
    expect((await failing("az ml model update -n digits -v 2 --set path=other", 1)).stderr).toContain(
      "Asset paths cannot be updated.",
    );
  });
});

describe("data, environment, component, datastore, workspace", () => {
  test("data create -f F, and --name N --version 1 --type uri_folder --path P", async () => {
    expect(JSON.parse(await ok("az ml data create -f data.yml"))).toMatchObject({ name: "files", type: "uri_folder" });
    await ok("az ml data create --name more --version 1 --type uri_folder --path in");
    expect(await ok("az ml data show -n more --label latest --query version -o tsv")).toBe("1");
    expect((await failing("az ml data create --name wrong --type uri_folder --path in/a.txt", 1)).stderr).toContain(
      "File path does not match asset type uri_folder",
    );
    await ok("az ml data list -o table");
  });

  test("environment create -f F, and --name N --build-context D, then show --label latest", async () => {
    await ok("az ml environment create -f env.yml");
    await ok("az ml environment create --name built --build-context context");
    expect(JSON.parse(await ok("az ml environment show --name built --label latest"))).toMatchObject({
      name: "built",
      version: "1",
    });
    expect(await ok("az ml environment show -n scoring -l latest --query version -o tsv")).toBe("1");
    expect(await ok("az ml environment list -o table")).toContain("Latest version");
  });

  test("component create -f F", async () => {
    await ok("az ml component create -f component.yml");
    expect(await ok("az ml component show -n step -l latest --query version -otsv")).toBe("1");
  });

  test("datastore show gives the id that an output path begins with, and what az storage would need", async () => {
    expect(
      await ok(
        "az ml datastore show -n workspaceblobstore | jq -r '.id' 2>/dev/null || az ml datastore show -n workspaceblobstore --query id -otsv",
      ),
    ).toMatch(/\/datastores\/workspaceblobstore$/);
    const query = "{account:account_name, container:container_name, endpoint:endpoint, protocol:protocol}";
    const columns = await ok(`az ml datastore show -n workspaceblobstore --query '${query}' -o tsv`);
    expect(columns.split("\t").filter((column) => column !== "None")).toHaveLength(4);
  });

  test("workspace show --query location", async () => {
    expect(await ok("az ml workspace show --query location -o tsv")).toBe("local");
  });
});

describe("endpoint", () => {
  test("create --name N, -n N -f F, --file F  --name N: all again and again", async () => {
    await ok("az ml batch-endpoint create --name First-One >/dev/null\naz ml batch-endpoint create --name first-one");
    await ok("az ml batch-endpoint create -n second -f endpoint.yml");
    await ok("az ml batch-endpoint create --file endpoint.yml  --name third");
    expect((await ok('az ml batch-endpoint list --query "[*].[name]" -o tsv')).split("\n")).toEqual(
      expect.arrayContaining(["first-one", "names", "second", "third"]),
    );
    expect(JSON.parse(await ok("az ml batch-endpoint show -n second"))).toMatchObject({
      description: "files",
      tags: { team: "a" },
      provisioning_state: "Succeeded",
    });
  });

  test("update --set defaults.deployment_name, show --query of the examples", async () => {
    await ok("az ml batch-deployment create --file flat.yml --endpoint-name names");
    await ok("az ml batch-endpoint update --name names --set defaults.deployment_name=flat-dpl");
    const query = "az ml batch-endpoint show --name names --query '{Name:name, Defaults:defaults}'";
    expect(JSON.parse(await ok(query))).toEqual({ Defaults: { deployment_name: "flat-dpl" }, Name: "names" });
    await ok('az ml batch-endpoint update --name names --defaults "deployment_name=names-dpl"');
    expect(await ok("az ml batch-endpoint show -n names --query defaults.deployment_name -o tsv")).toBe("names-dpl");
    expect(await ok("az ml batch-endpoint show -n names --query scoring_uri -o tsv")).toMatch(
      /^http:\/\/.*\/names\/jobs$/,
    );
    await failing("az ml batch-endpoint update --name names --set defaults.deployment_name=nothing", 1);
  });

  test("create again keeps the default, update with a file replaces it all", async () => {
    await ok("az ml batch-endpoint create -n names >/dev/null");
    expect(await ok("az ml batch-endpoint show -n names --query defaults.deployment_name -o tsv")).toBe("names-dpl");
    await ok("az ml batch-endpoint update -n names -f endpoint.yml --set tags.team=b >/dev/null");
    expect(JSON.parse(await ok("az ml batch-endpoint show -n names --query '{defaults:defaults,tags:tags}'"))).toEqual({
      defaults: {},
      tags: { team: "b" },
    });
    await ok("az ml batch-endpoint update -n names --set defaults.deployment_name=names-dpl");
  });

  test("delete --name N --yes, --no-wait, of something absent; without --yes nobody is there to ask", async () => {
    await ok("az ml batch-endpoint create -n short-lived >/dev/null");
    const asked = await failing("az ml batch-endpoint delete --name short-lived", 1);
    expect(asked.stderr).toContain("WARNING: Unable to prompt for confirmation as no tty available. Use --yes.");
    expect(asked.stderr).toContain("ERROR: Operation cancelled.");
    expect(await ok("az ml batch-endpoint delete --name short-lived --yes --no-wait")).toBe("");
    expect(await ok("az ml batch-endpoint delete -n short-lived -y")).toBe("");
    await failing("az ml batch-endpoint show --name short-lived", 3);
  });

  test("--no-wait prints nothing on stdout", async () => {
    expect(await ok("az ml batch-endpoint create -n quiet --no-wait")).toBe("");
    expect(await ok("az ml batch-deployment create -f flat.yml -e quiet --no-wait")).toBe("");
    expect(await ok("az ml batch-endpoint delete -n quiet -y")).toBe("");
  });

  test("az ml endpoint … --type batch, as scripts of 2021 say", async () => {
    expect(await ok("az ml endpoint show --type batch -n names --query name -o tsv")).toBe("names");
  });
});

describe("deployment", () => {
  test("create --file F --endpoint-name E --set-default; -e E -f F; --endpoint E -f F --set-default", async () => {
    await ok("az ml batch-endpoint create -n forms >/dev/null");
    await ok("az ml batch-deployment create --file deployment.yml --endpoint-name forms --set-default");
    await ok("az ml batch-deployment create -e forms -f flat.yml");
    await ok("az ml batch-deployment create --endpoint forms -f deployment.yml --set-default");
    expect(await ok("az ml batch-deployment list --endpoint-name forms --query '[].name' -o tsv")).toBe(
      "flat-dpl\nnames-dpl",
    );
    expect(await ok("az ml batch-endpoint show -n forms --query defaults.deployment_name -o tsv")).toBe("names-dpl");
  });

  test("create --set-default $WS --set … with everything that the file lacks", async () => {
    writeTree(folder, { "bare/deployment.yml": "mini_batch_size: 3\n" });
    await ok(
      "az ml model create --name taken --path model >/dev/null\naz ml environment create --name plain --conda-file conda.yaml --image x >/dev/null",
    );
    const printed = await ok(
      'WS="-g rg -w ws"\naz ml batch-deployment create --file bare/deployment.yml --set-default $WS --set endpoint_name=forms ' +
        "model=azureml://registries/azureml/models/taken/versions/1 compute=batch-cluster name=set-dpl " +
        "code_configuration.code=../code code_configuration.scoring_script=score.py environment=azureml:plain:1 " +
        "--set settings.environment_variables.KEY=VALUE",
    );
    expect(JSON.parse(printed)).toMatchObject({
      name: "set-dpl",
      endpoint_name: "forms",
      mini_batch_size: 3,
      environment_variables: { KEY: "VALUE" },
    });
  });

  test("show, update of the flat and the nested key, delete --yes", async () => {
    await ok("az ml batch-deployment update -n set-dpl -e forms --set mini_batch_size=7 >/dev/null");
    await ok("az ml batch-deployment update -n set-dpl -e forms --set settings.retry_settings.timeout=60 >/dev/null");
    const shown = JSON.parse(await ok("az ml batch-deployment show --name set-dpl --endpoint-name forms"));
    expect(shown).toMatchObject({ mini_batch_size: 7, retry_settings: { timeout: 60 } });
    expect(shown).not.toHaveProperty("settings");
    await ok(
      "az ml batch-deployment show -n set-dpl -e forms -o yaml > shown.yml\naz ml batch-deployment create -f shown.yml -n echoed",
    );
    expect(await ok("az ml batch-deployment delete --name set-dpl --endpoint-name forms --yes")).toBe("");
    await failing("az ml batch-deployment show --name set-dpl --endpoint-name forms", 3);
  });

  test("mistakes end with 1 and say what is wrong and where", async () => {
    writeTree(folder, {
      "wrong.yml": "name: x\nendpoint_name: names\nmini_batch_sise: 3\nerror_threshold: ten\n",
      "syntax.yml":
        "name: x\nendpoint_name: names\nmodel: {path: model}\ncode_configuration: {code: bad, scoring_script: score.py}\n",
      "bad/score.py": "def run(\n",
    });
    const wrong = await failing("az ml batch-deployment create -f wrong.yml", 1);
    expect(wrong.stderr).toContain("Validation for BatchDeploymentSchema failed:");
    expect(wrong.stderr).toContain("Unknown field.");
    expect(wrong.stderr).toContain("Not a valid integer.");
    expect(wrong.stderr).toContain("wrong.yml:3:1");
    const syntax = await failing("az ml batch-deployment create -f syntax.yml", 1);
    expect(syntax.stderr).toContain("due to syntax errors in scoring script");
    await ok("az ml batch-deployment create -f syntax.yml --skip-script-validation >/dev/null");
    expect((await failing("az ml batch-deployment create -f nothing.yml", 1)).stderr).toContain(
      "No such file or directory",
    );
    await failing("az ml batch-deployment create -f deployment.yml -e nothing", 3);
    expect((await failing("az ml batch-deployment create", 2)).stderr).toContain(
      "ERROR: the following arguments are required: --file/-f",
    );
  });
});

describe("invoke and jobs", () => {
  test.each([
    ["--input in"],
    ["--input in --input-type uri_folder"],
    ["--input in/a.txt --input-type uri_file"],
    ["--input azureml:files@latest"],
    ["--input azureml:files:1"],
    ["--f inputs.yml"],
    ["--input in --deployment-name flat-dpl"],
    ["--input in --mini-batch-size 20 --instance-count 5"],
    ["--set inputs.any.path=in inputs.any.type=uri_folder"],
    ["--input-local-path in"],
  ])("invoke %s --query name -o tsv gives the name of a job that completes", async (form) => {
    await ok("az ml data create -f data.yml >/dev/null");
    const script = `JOB_NAME=$(az ml batch-endpoint invoke --name names ${form} --query name -o tsv)\naz ml job stream -n $JOB_NAME >/dev/null\naz ml job show -n $JOB_NAME --query status -o tsv`;
    expect(await ok(script)).toBe("Completed");
  });

  test("--output-path azureml://datastores/… --set output_file_name=F puts the file into the datastore", async () => {
    await ok(
      "JOB_NAME=$(az ml batch-endpoint invoke --name names --input in --output-path azureml://datastores/workspaceblobstore/paths/names --set output_file_name=rows.csv --query name -o tsv)\naz ml job stream --name $JOB_NAME",
    );
    expect(readFileSync(join(folder, "home/datastores/workspaceblobstore/names/rows.csv"), "utf8")).toBe(
      "a.txt\nb.txt\nc.txt\n",
    );
    await ok(
      "az ml data create --name results --type uri_folder --path azureml://datastores/workspaceblobstore/paths/names",
    );
  });

  test("the first name in what invoke prints is the job's: scripts cut it out of 2>&1", async () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: these are bash's
    const script = [
      "response=$(az ml batch-endpoint invoke --name names --input in 2>&1)",
      'rest=${response#*"\\"name\\": \\""}',
      'echo "${rest%%\\"*}"',
    ].join("\n");
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: these are bash's
    const name = await ok(script);
    await ok(`az ml job stream -n ${name}`);
    expect(await ok(`az ml job show -n ${name} --query name -o tsv`)).toBe(name);
  });

  test("job show --web prints and succeeds; services.Studio.endpoint is a URL", async () => {
    const name = await ok("az ml batch-endpoint list-jobs -n names --query '[0].name' -o tsv");
    await ok(`az ml job show -n ${name} --web >/dev/null`);
    expect(await ok(`az ml job show -n ${name} --query services.Studio.endpoint`)).toMatch(/^"http.*"$/);
    expect(await ok(`az ml job show -n ${name} --query services.Studio.endpoint -o tsv`)).toMatch(/^http/);
  });

  test("list-jobs of endpoint and deployment, job list with a query", async () => {
    const jobs = (
      await ok('az ml batch-deployment list-jobs --name names-dpl --endpoint-name names --query "[].name" -o tsv')
    ).split("\n");
    expect(jobs.length).toBeGreaterThan(5);
    const listed = await ok('az ml job list --query "[].{Name:name,Jobstatus:status}" -o table');
    expect(listed.split("\n")[0]).toMatch(/^Name\s+Jobstatus/);
    expect((await ok("az ml job list -o table")).split("\n")[0]).toMatch(
      /^Name\s+Status\s+Experiment\s+Compute target\s+Job type\s+Created on/,
    );
  });

  test("the scoring step of a job is downloaded from, as the notebooks do", async () => {
    const script = [
      "JOB=$(az ml batch-endpoint list-jobs -n names --query '[0].name' -o tsv)",
      'CHILD=$(az ml job list --parent-job-name $JOB --query "[].name" -o tsv)',
      "az ml job download --name $CHILD --output-name score --download-path ./child",
      "az ml job download --name $JOB --download-path ./parent",
      "az ml job download --name $JOB --all -p ./all",
    ].join("\n");
    expect(await ok(script)).toBe("");
    for (const place of ["child", "parent", "all"]) {
      expect(readFileSync(join(folder, place, "named-outputs/score/predictions.csv"), "utf8")).toContain("a.txt");
    }
    expect(existsSync(join(folder, "all/artifacts/logs"))).toBe(true);
    const name = await ok("az ml job list --query '[0].name' -o tsv");
    await failing(`az ml job download -n ${name} --output-name nothing`, 1);
  });

  test("a failed job: stream ends with 1 and names the error, resume and errors go on from there", async () => {
    writeTree(folder, {
      "failing/score.py": "def init():\n    pass\ndef run(mini_batch):\n    raise ValueError('no good')\n",
      "failing.yml":
        "name: failing-dpl\nendpoint_name: names\ncode_configuration: {code: failing, scoring_script: score.py}\nmini_batch_size: 2\nretry_settings: {max_retries: 0, timeout: 30}\n",
    });
    await ok("az ml batch-deployment create -f failing.yml >/dev/null");
    const name = await ok(
      "az ml batch-endpoint invoke -n names -d failing-dpl --input in --job-name failing-job --query name -o tsv",
    );
    expect(name).toBe("failing-job");
    const { stderr, stdout } = await failing("az ml job stream -n failing-job", 1);
    expect(stderr).toContain("ERROR: Exception :");
    expect(stdout).toContain("Execution Summary\n=================");
    expect(await ok("az ml job show -n failing-job --query '[status, resumable]' -o tsv")).toBe("Failed\ntrue");
    expect(await ok("az ml job errors -n failing-job --query 'length(@)' -o tsv")).toBe("3");
    expect((await ok("az ml job errors -n failing-job --jsonl")).split("\n")).toHaveLength(3);
    expect(await ok("az ml job errors -n failing-job -o table")).toContain("ValueError");
    expect(await ok("az ml job logs -n failing-job --mini-batch 0")).toContain("mini-batch 0");
    await ok("az ml job resume -n failing-job --max-retries 1 --query status -o tsv");
    await failing("az ml job stream -n failing-job", 1);
  });

  test("cancel, archive, restore, update of a job", async () => {
    writeTree(folder, {
      "slow/score.py":
        "import time\ndef init():\n    pass\ndef run(mini_batch):\n    time.sleep(60)\n    return mini_batch\n",
      "slow.yml":
        "name: slow-dpl\nendpoint_name: names\ncode_configuration: {code: slow, scoring_script: score.py}\nretry_settings: {timeout: 600}\n",
    });
    await ok(
      "az ml batch-deployment create -f slow.yml >/dev/null\naz ml batch-endpoint invoke -n names -d slow-dpl --input in --job-name slow-job",
    );
    expect((await failing("az ml job download -n slow-job", 1)).stderr).toContain("Download is allowed only in states");
    expect(await ok("az ml job cancel -n slow-job")).toBe("");
    expect(await ok("az ml job show -n slow-job --query status -o tsv")).toBe("Canceled");
    expect(await ok("az ml job cancel -n slow-job")).toBe("");
    expect(await ok("az ml job archive -n slow-job")).toBe("");
    expect(await ok("az ml job list --query \"[?name=='slow-job'].name\" -o tsv")).toBe("");
    expect(await ok("az ml job list --archived-only --query '[].name' -o tsv")).toBe("slow-job");
    expect((await failing("az ml job list --archived-only --include-archived", 1)).stderr).toContain(
      "Cannot provide both archived-only and include-archived.",
    );
    await ok("az ml job restore -n slow-job\naz ml job update -n slow-job --set tags.a=1 >/dev/null");
    expect(await ok("az ml job show -n slow-job --query tags.a -o tsv")).toBe("1");
  });

  test("invoke in az's words: no default, no such deployment, wrong type, missing input", async () => {
    await ok("az ml batch-endpoint create -n empty >/dev/null");
    expect((await failing("az ml batch-endpoint invoke -n empty --input in", 1)).stderr).toContain(
      "Set a default deployment or provide a deployment name through cli command.",
    );
    expect((await failing("az ml batch-endpoint invoke -n names -d nothing --input in", 1)).stderr).toContain(
      "Deployment name nothing not found for this endpoint",
    );
    await failing("az ml batch-endpoint invoke -n nothing --input in", 3);
    expect((await failing("az ml batch-endpoint invoke -n names --input in --input-type mltable", 1)).stderr).toContain(
      "Unsupported input please use either a path on the datastore",
    );
    expect((await failing("az ml batch-endpoint invoke -n names --input nowhere", 1)).stderr).toContain(
      "on target path",
    );
    expect((await failing("az ml batch-endpoint invoke -n names --input in --set bogus=1", 1)).stderr).toContain(
      "Unknown field.",
    );
    expect((await failing("az ml batch-endpoint invoke -n names --input azureml:nothing@latest", 3)).stderr).toContain(
      "nothing",
    );
    await failing("az ml job show -n no-such-job", 3);
  });

  test("job create -f F --set inputs.x.path=P, with settings.force_rerun, --stream; root type parallel is refused", async () => {
    writeTree(folder, {
      "pipeline.yml": [
        "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json",
        "type: pipeline",
        "experiment_name: names-pipeline",
        "inputs: {files: {type: uri_folder, path: ./nowhere}}",
        "outputs: {rows: {type: uri_file}}",
        "settings: {default_compute: azureml:batch-cluster}",
        "jobs:",
        "  score:",
        "    type: parallel",
        '    mini_batch_size: "2"',
        `    inputs: {data: "$\u007b{parent.inputs.files}}"}`,
        `    outputs: {out: "$\u007b{parent.outputs.rows}}"}`,
        `    input_data: "$\u007b{inputs.data}}"`,
        `    task: {type: run_function, code: ./code, entry_script: score.py, environment: {image: x}, model: azureml:digits@latest, append_row_to: "$\u007b{outputs.out}}"}`,
        "",
      ].join("\n"),
      "parallel.yml": "type: parallel\n",
    });
    await ok("az ml model create --name digits --path model >/dev/null");
    const name = await ok(
      "az ml job create -f pipeline.yml --set inputs.files.path=./in --set settings.force_rerun=True --query name -o tsv",
    );
    await ok(`az ml job stream -n ${name}`);
    expect(await ok(`az ml job show -n ${name} --query experiment_name -o tsv`)).toBe("names-pipeline");
    const streamed = await ok(
      "az ml job create -f pipeline.yml --stream --set inputs.files.path=./in --query status -o tsv",
    );
    expect(streamed.split("\n").at(-1)).toBe("Completed");
    expect(await ok("az ml job validate -f pipeline.yml --query result -o tsv")).toBe("Succeeded");
    expect((await failing("az ml job create -f parallel.yml", 1)).stderr).toContain("Unsupported job type: parallel.");
  });

  test("--input URL, with --input-type uri_folder or uri_file: the file is fetched and scored", async () => {
    const server = createServer((_, answer) => answer.end("from the web"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    try {
      for (const type of ["", "--input-type uri_folder", "--input-type uri_file"]) {
        const name = await ok(
          `az ml batch-endpoint invoke -n names --input http://127.0.0.1:${port}/data/file.txt ${type} --query name -o tsv`,
        );
        await ok(`az ml job stream -n ${name}\naz ml job download -n ${name} -p web`);
        expect(readFileSync(join(folder, "web/named-outputs/score/predictions.csv"), "utf8")).toBe("file.txt\n");
      }
    } finally {
      server.close();
    }
  });

  test("--client-key: the same job", async () => {
    const call = "az ml batch-endpoint invoke -n names --input in --client-key key-1 --query name -o tsv";
    const [first, second] = (await ok(`${call}\n${call}`)).split("\n");
    expect(second).toBe(first);
    await ok(`az ml job stream -n ${first}`);
  });
});

describe("the groups beside az ml", () => {
  test("login, account, extension, upgrade succeed; only versions are printed", async () => {
    expect(
      await ok(
        "az login\naz account set -s X\naz extension add -n ml -y\naz upgrade --yes\naz login --service-principal -u a -p b --tenant c",
      ),
    ).toBe("");
    expect(await ok("az --version")).toContain("azure-cli");
    expect(JSON.parse(await ok("az version"))).toHaveProperty("azure-cli");
  });

  test("account show and get-access-token answer what scripts read", async () => {
    expect(await ok("az account show --query id -o tsv")).toBe("00000000-0000-0000-0000-000000000000");
    const token = await ok("az account get-access-token --resource https://ml.azure.com --query accessToken -o tsv");
    expect(token).toMatch(/^[\w-]{40,}$/);
    expect(
      await ok("az account get-access-token --scope https://ml.azure.com/.default --query accessToken -o tsv"),
    ).toBe(token);
  });

  test("configure --defaults is kept and listed; what is not set answers too", async () => {
    expect(await ok("az configure -l --query \"[?name=='workspace'].value\" -o tsv")).toBe("batchwise");
    await ok('az configure --defaults group="my-group" workspace="my-space" location="westeurope"');
    expect(await ok("az configure -l --query \"[?name=='workspace'].value\" -o tsv")).toBe("my-space");
    expect(await ok("az group show --query name -o tsv")).toBe("my-group");
    await ok("az config set core.output=tsv");
    expect(await ok("az ml batch-endpoint show -n names --query name")).toBe("names");
    await ok("az config unset core.output");
  });

  test("other services end with 2 and one line", async () => {
    for (const command of ["az storage blob list", "az rest --url x", "az keyvault list", "az role assignment list"]) {
      const { stderr } = await failing(command, 2);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    await failing("az ml online-endpoint list", 2);
  });
});

describe("conventions", () => {
  test("-h at any level prints to stdout and succeeds; a group alone ends with 2", async () => {
    for (const words of ["", "batch-endpoint", "batch-endpoint invoke", "job"]) {
      expect(await ok(`az ml ${words} -h`)).not.toBe("");
    }
    await failing("az ml batch-endpoint", 2);
  });

  test("command words in any case; a misspelled verb is answered with the nearest", async () => {
    expect(await ok("az ML Batch-Endpoint Show -n names --query name -otsv")).toBe("names");
    const { stderr } = await failing("az ml batch-endpoint shw -n names", 2);
    expect(stderr).toContain("ERROR: 'shw' is misspelled or not recognized by the system.\nDid you mean 'show' ?");
  });

  test("AZURE_CORE_OUTPUT is the format when -o is absent", async () => {
    expect(await ok("AZURE_CORE_OUTPUT=tsv az ml batch-endpoint show -n names --query name")).toBe("names");
  });

  test("a query that cannot be read ends with 2 before anything is done", async () => {
    await failing("az ml batch-endpoint create -n never-made --query 'a['", 2);
    await failing("az ml batch-endpoint show -n never-made", 3);
  });
});
