import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { endpointOf, makeCatalog, startScript } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { parseModelFile } from "../config/files/asset-files.ts";
import { type DeploymentFile, type ModelDeploymentFile, parseDeploymentFile } from "../config/files/deployment-file.ts";
import type { Catalog } from "./catalog.ts";
import { type Deployed, type DeployOptions, deploy } from "./deploy.ts";
import { presentDeployment } from "./present/deployment.ts";
import { registerModel } from "./register-asset.ts";

let folder: string;
let catalog: Catalog;

const flat = `
name: Blue
endpoint_name: Mnist
model: {path: model}
code_configuration: {code: code, scoring_script: score.py}
environment: {conda_file: conda.yml, image: ubuntu}
compute: azureml:batch-cluster
resources: {instance_count: 2, gpus_per_worker: 0.5}
max_concurrency_per_instance: 3
mini_batch_size: "7"
output_action: append_row
output_file_name: rows.csv
output_format: csv
retry_settings: {max_retries: 5, timeout: 300}
error_threshold: 4
logging_level: DEBUG
environment_variables: {COUNTRY: no}
auto_resume: true
`;

beforeEach(() => {
  folder = makeTempFolder();
  catalog = makeCatalog();
  catalog.endpoints.put(endpointOf("mnist"));
  writeTree(folder, {
    "code/score.py": "def init(): pass\ndef run(batch): return batch\n",
    "code/helper.py": "x = 1\n",
    "model/weights.bin": "weights",
    "conda.yml": "dependencies: [python=3.11]\n",
    "deployment.yml": flat,
  });
});

function asModel(file: DeploymentFile): ModelDeploymentFile {
  if (file.form === "pipeline") throw new Error("a deployment of a model is wanted");
  return file;
}

function deployText(text: string, options: DeployOptions = {}): Deployed {
  writeTree(folder, { "deployment.yml": text });
  return deploy(catalog, asModel(parseDeploymentFile({ path: join(folder, "deployment.yml") }, [])), options);
}

describe("a deployment", () => {
  test("pins model, code and environment, and keeps what the file says", () => {
    const { deployment, registered } = deployText(flat);
    expect(registered.map(({ asset, isNew }) => [asset.kind, isNew])).toEqual([
      ["code", true],
      ["model", true],
      ["environment", true],
    ]);
    expect(catalog.deployments.get("mnist", "blue")).toEqual(deployment);
    expect(deployment).toMatchObject({
      endpoint: "mnist",
      name: "blue",
      code: { scoringScript: "score.py" },
      environment: { name: "CliV2AnonymousEnvironment" },
      compute: "batch-cluster",
      settings: {
        instanceCount: 2,
        maxConcurrencyPerInstance: 3,
        miniBatchSize: 7,
        outputAction: "append_row",
        outputFileName: "rows.csv",
        maxRetries: 5,
        timeoutSeconds: 300,
        errorThreshold: 4,
        loggingLevel: "debug",
        environmentVariables: { COUNTRY: "no" },
        gpusPerWorker: 0.5,
        autoResume: true,
        extra: { outputFormat: "csv" },
      },
    });
  });

  test("is the same in both forms", () => {
    const one = deployText(flat).deployment;
    const settings = `type: model\nsettings:\n${flat
      .split("\n")
      .filter((line) => /^(max_conc|mini_batch|output_|retry|error|logging|environment_variables|auto)/.test(line))
      .map((line) => `  ${line}`)
      .join("\n")}\n`;
    const head = flat
      .split("\n")
      .filter((line) => /^(name|endpoint_name|model|code_conf|environment:|compute|resources)/.test(line))
      .join("\n");
    const other = deployText(`${head}\n${settings}`).deployment;
    expect({ ...other, modifiedAt: "" }).toEqual({ ...one, modifiedAt: "" });
  });

  test("stays what it was when its sources change, until it is made again", () => {
    const { deployment } = deployText(flat);
    const before = catalog.assets.get("code", deployment.code?.name ?? "", "1");
    writeFileSync(join(folder, "code/helper.py"), "x = 2\n");
    writeFileSync(join(folder, "model/weights.bin"), "new weights");
    writeFileSync(join(folder, "conda.yml"), "dependencies: [python=3.12]\n");
    expect(readFileSync(join(before?.path ?? "", "helper.py"), "utf8")).toBe("x = 1\n");
    const again = deployText(flat).deployment;
    expect(again.code?.name).not.toBe(deployment.code?.name);
    expect(again.model?.name).not.toBe(deployment.model?.name);
    expect(again.environment?.version).not.toBe(deployment.environment?.version);
    expect(again.createdAt).toBe(deployment.createdAt);
  });

  test("with a registered model keeps the version, also of latest", () => {
    writeTree(folder, { "other/weights.bin": "2" });
    const model = (path: string) =>
      registerModel(catalog, parseModelFile({ value: { name: "m", path }, baseDir: folder }, []));
    model("model");
    const { deployment } = deployText(flat.replace("{path: model}", "azureml:m@latest"));
    expect(deployment.model).toEqual({ name: "m", version: "1" });
    model("other");
    expect(catalog.deployments.get("mnist", "blue")?.model).toEqual({ name: "m", version: "1" });
    expect(deployText(flat.replace("{path: model}", "azureml:m@latest")).deployment.model?.version).toBe("2");
  });

  test("registers an inline model and environment under their names", () => {
    const named = flat
      .replace("{path: model}", "{name: digits, path: model}")
      .replace("{conda_file", "{name: scoring, version: 4, conda_file");
    expect(deployText(named).deployment).toMatchObject({
      model: { name: "digits", version: "1" },
      environment: { name: "scoring", version: "4" },
    });
    expect(deployText(named).registered.map(({ isNew }) => isNew)).toEqual([false, false, false]);
  });

  test("of an MLflow model needs neither script nor environment", () => {
    writeTree(folder, { "mlflow/MLmodel": "flavors: {python_function: {}}\n" });
    const { deployment } = deployText("name: blue\nendpoint_name: mnist\nmodel: {path: mlflow}\n");
    expect(deployment).toMatchObject({ code: null, environment: null, compute: "local" });
    expect(catalog.assets.get("model", deployment.model?.name ?? "", "1")?.type).toBe("mlflow_model");
  });

  test("can become the default", () => {
    deployText(flat);
    expect(catalog.endpoints.get("mnist")?.defaultDeployment).toBeNull();
    deployText(flat, { setDefault: true });
    expect(catalog.endpoints.get("mnist")?.defaultDeployment).toBe("blue");
  });

  test("reads its environment from another file, with paths relative to that", () => {
    writeTree(folder, {
      "envs/environment.yml": "name: e\nconda_file: conda.yml\n",
      "envs/conda.yml": "dependencies: [six]\n",
    });
    const { deployment } = deployText(
      flat.replace("{conda_file: conda.yml, image: ubuntu}", "file:envs/environment.yml"),
    );
    expect(deployment.environment).toEqual({ name: "e", version: "1" });
  });

  test("makes a compute that nobody made, and says so", () => {
    const { notices } = deployText(flat);
    expect(notices).toContain("compute batch-cluster: the jobs run on this machine");
    expect(catalog.computes.get("batch-cluster")?.type).toBe("local");
    // The image of its environment is all that is left to say.
    expect(deployText(flat.replace("azureml:batch-cluster", "local")).notices).toEqual([
      expect.stringMatching(/runs without the container/),
    ]);
  });

  test("shown and fed back is the same deployment", () => {
    const { deployment } = deployText(flat);
    const shown = JSON.parse(JSON.stringify(presentDeployment(deployment)));
    const again = deploy(catalog, asModel(parseDeploymentFile({ value: shown, baseDir: "/" }, []))).deployment;
    expect({ ...again, modifiedAt: "" }).toEqual({ ...deployment, modifiedAt: "" });
  });

  test.for([
    [flat.replace("Mnist", "other-endpoint"), /ResourceNotFound.*batchEndpoints\/other-endpoint/s],
    [flat.replace("score.py", "none.py"), /^deployment\.yml:\d+:\d+: Failed to open scoring script .*code\/none\.py\./],
    [flat.replace("score.py", "../model/weights.bin"), /Failed to open scoring script/],
    [flat.replace("code: code", "code: nowhere"), /^deployment\.yml:5:22: No such file or directory: .*nowhere/],
    [flat.replace("{path: model}", "{path: nowhere}"), /^deployment\.yml:4:9: No such file or directory: .*nowhere/],
    [
      flat.replace("{path: model}", "model"),
      /deployment\.yml:4:1: model: "model" is no reference to a registered model/,
    ],
    [flat.replace("{path: model}", "azureml:m:1"), /ResourceNotFound.*models\/m\/versions\/1/s],
    [flat.replace("{path: model}", "azureml:m"), /deployment\.yml:4:1: Failed to extract version/],
    [flat.replace(/environment: .*/, "environment: ./env.yml"), /environment: "\.\/env\.yml" is no reference/],
    [flat.replace("conda.yml", "nowhere.yml"), /deployment\.yml:6:1: No such file or directory: .*nowhere\.yml/],
    ["name: blue\nendpoint_name: mnist\nmodel: {path: model}", /deployment\.yml:3:1: code_configuration: Missing data/],
    ["name: blue\nendpoint_name: mnist", /deployment\.yml:1:1: code_configuration: Missing data/],
  ] as const)("is refused: %#", ([text, message]) => {
    expect(() => deployText(text)).toThrow(message);
    expect(catalog.deployments.list()).toEqual([]);
    expect(catalog.assets.listAll()).toEqual([]);
  });
});

test("killed at any moment, a deployment is whole or not there", async () => {
  for (let index = 0; index < 30; index++) writeTree(folder, { [`model/part-${index}`]: "x".repeat(100_000) });
  for (let round = 0; round < 6; round++) {
    writeTree(folder, { "model/round": String(round), "code/round.py": `round = ${round}` });
    const child = startScript(
      `const { openCatalog } = await import(source + "catalog/catalog.ts");
       const { deploy } = await import(source + "catalog/deploy.ts");
       const { parseDeploymentFile } = await import(source + "config/files/deployment-file.ts");
       const catalog = openCatalog(args[0]);
       const file = parseDeploymentFile({ path: args[1] }, []);
       process.stdout.write("ready");
       deploy(catalog, file);
       process.stdout.write("done");
       catalog.close();`,
      [catalog.home, join(folder, "deployment.yml")],
    );
    await once(child.stdout!, "data");
    const ended = once(child, "close");
    for (let turn = 0; turn < round * 40; turn++) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
    await ended;
    const kinds = catalog.assets.listAll().map(({ kind }) => kind);
    // A model version is there exactly when its code version is: they are written together.
    expect(kinds.filter((kind) => kind === "model")).toHaveLength(kinds.filter((kind) => kind === "code").length);
    const deployment = catalog.deployments.get("mnist", "blue");
    if (deployment !== null) {
      const asset = catalog.assets.get("model", deployment.model?.name ?? "", "1");
      expect(readdirSync(asset?.path ?? "").length).toBeGreaterThan(30);
    }
  }
  deployText(flat);
  for (const kind of ["models", "code"]) {
    const path = join(catalog.home, kind);
    expect(existsSync(path) ? readdirSync(path).filter((name) => name.startsWith(".")) : []).toEqual([]);
  }
});
