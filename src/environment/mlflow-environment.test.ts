import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { BatchwiseError } from "../errors.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { readEnvironmentFile } from "./read-environment-file.ts";

/** As MLflow 3 writes it, with a signature of columns. */
const mlmodel = `flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    python_version: 3.11.7
mlflow_version: 3.17.2
signature:
  inputs: '[{"type": "long", "name": "a", "required": true}]'
`;
const pythonEnv = `python: 3.11.7
build_dependencies:
- pip==23.2.1
- setuptools==65.5.0
- wheel
dependencies:
- -r requirements.txt
`;
const conda = `channels:
- conda-forge
dependencies:
- python=3.11.7
- pip<=23.2.1
- pip:
  - mlflow-skinny==3.17.2
  - scikit-learn==1.9.1
name: mlflow-env
`;
const requirements = "mlflow-skinny==3.17.2\nscikit-learn==1.9.1\n";
const scoring = ["mlflow-skinny==3.17.2", "scikit-learn==1.9.1", "pandas", "pyarrow"];

async function read(files: Readonly<Record<string, string>>, allowCondaOnly = false): Promise<EnvironmentSpec> {
  const folder = makeTempFolder();
  writeTree(folder, files);
  return await readEnvironmentFile(join(folder, "MLmodel"), false, allowCondaOnly);
}

describe("the environment of an MLflow model", () => {
  test("comes from python_env.yaml, with what the scoring needs", async () => {
    const spec = await read({
      MLmodel: mlmodel,
      "python_env.yaml": pythonEnv,
      "conda.yaml": conda,
      "requirements.txt": requirements,
    });
    expect(spec.requirements).toEqual(["setuptools==65.5.0", "wheel", ...scoring]);
    expect(spec.python?.clauses).toEqual([{ operator: "=", version: [3, 11] }]);
    expect(spec.notices).toEqual([]);
  });

  test("comes from conda.yaml when that asks for something else, and says so", async () => {
    const spec = await read({
      MLmodel: mlmodel,
      "python_env.yaml": pythonEnv,
      "conda.yaml": conda.replace("scikit-learn==1.9.1", "scikit-learn==1.8.0").replace("3.11.7", "3.10.4"),
      "requirements.txt": requirements,
    });
    expect(spec.requirements).toEqual(["mlflow-skinny==3.17.2", "scikit-learn==1.8.0", "pandas", "pyarrow"]);
    expect(spec.python?.clauses).toEqual([{ operator: "=", version: [3, 10] }]);
    expect(spec.notices.join()).toContain("differ (scikit-learn==1.8.0); conda.yaml counts");
  });

  test("comes from conda.yaml, else requirements.txt, where the others are not there although they are named", async () => {
    expect((await read({ MLmodel: mlmodel, "conda.yaml": conda })).requirements).toEqual(scoring);
    const bare = await read({ MLmodel: mlmodel, "requirements.txt": requirements });
    expect(bare.requirements).toEqual(scoring);
    // Pickles depend on the minor version, so the model's own counts where no file says another.
    expect(bare.python?.clauses).toEqual([{ operator: "=", version: [3, 11] }]);
  });

  test("without any file has what the scoring needs, of the MLflow that wrote the model", async () => {
    const spec = await read({ MLmodel: mlmodel });
    expect(spec.requirements).toEqual(["mlflow-skinny>=3.17.2,<4", "pandas", "pyarrow"]);
    expect(spec.notices.join()).toContain("names no packages");
  });

  test("has Pillow where the model takes arrays, and nothing twice where full mlflow is asked for", async () => {
    const tensor = mlmodel.replace(/inputs: .*/, `inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "uint8"}}]'`);
    const images = await read({ MLmodel: tensor, "requirements.txt": "mlflow-skinny\n" });
    expect(images.requirements).toEqual(["mlflow-skinny", "pandas", "pillow"]);
    const full = await read({ MLmodel: mlmodel, "requirements.txt": "mlflow==2.9.2\n" });
    expect(full.requirements).toEqual(["mlflow==2.9.2"]);
    const none = await read({ MLmodel: "flavors: {python_function: {env: conda.yaml}}\n" });
    expect(none.requirements).toEqual(["mlflow-skinny", "pandas", "pyarrow", "pillow"]);
  });

  test("takes files under the names that MLmodel gives them", async () => {
    const spec = await read({ MLmodel: "flavors: {python_function: {env: my.yaml}}\n", "my.yaml": conda });
    expect(spec.requirements.slice(0, 2)).toEqual(["mlflow-skinny==3.17.2", "scikit-learn==1.9.1"]);
  });

  test("leaves Azure's own packages out with a notice, and goes round a conda.yaml that only conda could build", async () => {
    const azure = conda.replace("  - mlflow-skinny==3.17.2", "  - azureml-core==1.55\n  - mlflow-skinny==3.17.2");
    const spec = await read({ MLmodel: mlmodel, "conda.yaml": azure });
    expect(spec.requirements).toEqual(scoring);
    expect(spec.notices.join()).toContain('"azureml-core==1.55" is left out');
    const needsConda = conda.replace("- pip<=23.2.1", "- gdal");
    const files = { MLmodel: mlmodel, "conda.yaml": needsConda };
    expect(
      (await read({ ...files, "python_env.yaml": pythonEnv, "requirements.txt": requirements })).condaOnly,
    ).toEqual([]);
    await expect(read(files)).rejects.toMatchObject({ code: "environment_conda_only" });
    const withConda = await read({ ...files, "python_env.yaml": pythonEnv, "requirements.txt": requirements }, true);
    expect(withConda.condaOnly).toEqual(["gdal"]);
    expect(withConda.conda?.pip).toEqual(scoring);
  });
});

describe("python_env.yaml", () => {
  test("is read by itself as well; 3.10 is not 3.1", async () => {
    const folder = makeTempFolder();
    writeTree(folder, { "python_env.yaml": "python: 3.10\ndependencies: [six]\n" });
    const spec = await readEnvironmentFile(join(folder, "python_env.yaml"), false);
    expect(spec.requirements).toEqual(["six"]);
    expect(spec.python?.clauses).toEqual([{ operator: "=", version: [3, 10] }]);
  });

  test.each([
    ["python: three\nbuild_dependencies: []\n", "Python version"],
    ["build_dependencies: {}\n", "no list"],
    ["build_dependencies: [[a]]\n", "no text"],
  ])("refuses %j", async (text, part) => {
    const folder = makeTempFolder();
    writeTree(folder, { "python_env.yaml": text });
    const error = await readEnvironmentFile(join(folder, "python_env.yaml"), false).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BatchwiseError);
    expect((error as Error).message).toContain(part);
    expect((error as Error).message).toContain(dirname(join(folder, "x")));
  });
});
