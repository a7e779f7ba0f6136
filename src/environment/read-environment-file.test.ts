import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BatchwiseError } from "../errors.ts";
import { hashSpec } from "./build-environment.ts";
import type { EnvironmentSpec } from "./environment-spec.ts";
import { readEnvironmentFile } from "./read-environment-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-environment-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function readConda(dependencies: string, keepAzureml = false): Promise<EnvironmentSpec> {
  return await readEnvironmentFile(
    write("conda.yaml", `name: x\nchannels: [conda-forge]\ndependencies:\n${dependencies}`),
    keepAzureml,
  );
}

async function catchError(promise: Promise<unknown>): Promise<BatchwiseError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BatchwiseError)) throw new Error(`no BatchwiseError but ${error}`);
  return error;
}

describe("a conda file", () => {
  it("gives the condition on Python, conda packages as pip names them, and the pip list as it is", async () => {
    const spec = await readConda(
      "  - python=3.8.5\n  - pip=20.2\n  - conda-forge::numpy=1.21\n  - pandas>=1.1,<2\n  - pip:\n    - onnxruntime~=1.15\n    - --extra-index-url https://example.org/simple\n",
    );
    expect(spec.python?.clauses).toEqual([{ operator: "=", version: [3, 8] }]);
    expect(spec.requirements).toEqual([
      "numpy==1.21.*",
      "pandas>=1.1,<2",
      "onnxruntime~=1.15",
      "--extra-index-url https://example.org/simple",
    ]);
  });

  it.each([
    ["numpy", "numpy"],
    ["numpy=1.21.2", "numpy==1.21.2.*"],
    ["numpy==1.21.2", "numpy==1.21.2"],
    ["numpy 1.21.2", "numpy==1.21.2"],
    ["numpy=1.21.*", "numpy==1.21.*"],
    ["numpy=1.21.2=py38hdbf815f_0", "numpy==1.21.2"],
    ["numpy >=1.21", "numpy>=1.21"],
    ["numpy[version='>=1.21,<2']", "numpy>=1.21,<2"],
    ["numpy!=1.21.*", "numpy!=1.21.*"],
    ["numpy=*", "numpy"],
    ["pytorch::pytorch=2.1", "torch==2.1.*"],
    ["opencv", "opencv-python-headless"],
    ["SQLAlchemy", "sqlalchemy"],
  ])("reads %s as %s", async (conda, pip) => {
    expect((await readConda(`  - "${conda}"\n`)).requirements).toEqual([pip]);
  });

  it("leaves out what wheels carry and what only Azure needs, and says so", async () => {
    const spec = await readConda(
      "  - cudatoolkit=11.3\n  - pip:\n    - azureml-core~=1.50\n    - azureml-dataset-runtime[fuse]\n    - Azureml_Defaults\n    - azure-storage-blob\n",
    );
    expect(spec.requirements).toEqual(["azure-storage-blob"]);
    expect(spec.notices).toHaveLength(4);
    expect(spec.notices.join()).toContain('"azureml-core~=1.50" is left out');
  });

  it("keeps Azure's packages when asked to", async () => {
    const spec = await readConda("  - pip:\n    - azureml-core~=1.50\n", true);
    expect(spec.requirements).toEqual(["azureml-core~=1.50"]);
  });

  it("names all packages that only conda has", async () => {
    const error = await catchError(readConda("  - numpy\n  - gdal=3.6\n  - r-base\n"));
    expect(error.code).toBe("environment_conda_only");
    expect(error.message).toContain('"gdal=3.6", "r-base"');
    expect(error.hint).toContain("--python");
  });

  it.each([
    ["  - numpy=1.8|1.9\n", "alternatives"],
    ["  - python=three\n", "Python version"],
    ["  - [numpy]\n", "neither a package name nor"],
    ["  - pip: numpy\n", "neither a package name nor"],
    ["  - pip: [7]\n", "a number"],
    ["  numpy: 1\n", "a map"],
    ["  - 'num py 1 2 3'\n", "cannot be read"],
  ])("refuses %j", async (dependencies, part) => {
    const error = await catchError(readConda(dependencies));
    expect(error.code).toBe("environment_file_invalid");
    expect(error.message).toContain(part);
  });

  it("names line and column of broken YAML", async () => {
    const error = await catchError(readEnvironmentFile(write("broken.yml", "dependencies: [a\nname: x\n"), false));
    expect(error.code).toBe("yaml_invalid");
    expect(error.message).toMatch(/^broken\.yml:\d+:\d+: /);
  });

  it("may stand inside an Azure environment file, by path or as a map", async () => {
    write("env/conda.yaml", "dependencies: [six]");
    const byPath = await readEnvironmentFile(write("env.yml", "name: e\nconda_file: env/conda.yaml\nimage: i"), false);
    const asMap = await readEnvironmentFile(write("env2.yml", "conda_file: {dependencies: [six]}"), false);
    expect([byPath.requirements, asMap.requirements]).toEqual([["six"], ["six"]]);
  });
});

describe("a requirements file", () => {
  it("is read with its comments, continued lines, nested files and constraints", async () => {
    write("base/more.txt", "scipy # fine\n-c limits.txt\n");
    write("base/limits.txt", "scipy<2\n");
    const spec = await readEnvironmentFile(
      write("requirements.txt", "# head\nnumpy \\\n  >=1.26\n-r base/more.txt\npip==20\nazureml-sdk\n--pre\n"),
      false,
    );
    expect(spec.requirements).toEqual(["numpy    >=1.26", "scipy", "--pre"]);
    expect(spec.constraints.filter((line) => line !== "")).toEqual(["scipy<2"]);
    expect(spec.notices).toHaveLength(2);
  });

  it("makes paths absolute and counts the content of a local wheel", async () => {
    write("tiny-1.0-py3-none-any.whl", "one");
    const file = write(
      "local.txt",
      "./tiny-1.0-py3-none-any.whl\n--find-links wheels\nsix @ https://example.org/six.whl\n",
    );
    const before = await readEnvironmentFile(file, false);
    expect(before.requirements).toEqual([
      join(folder, "tiny-1.0-py3-none-any.whl"),
      `--find-links ${join(folder, "wheels")}`,
      "six @ https://example.org/six.whl",
    ]);
    write("tiny-1.0-py3-none-any.whl", "two");
    expect(hashSpec(await readEnvironmentFile(file, false))).not.toBe(hashSpec(before));
  });

  it.each([
    ["-e .", "no fixed content"],
    ["./env", "no fixed content"],
    ["./nowhere-1.0-py3-none-any.whl", "there is no file"],
    ["-r nowhere.txt", "cannot be read"],
    ["-r circle.txt", "includes it again"],
  ])("refuses %j", async (line, part) => {
    mkdirSync(join(folder, "env"), { recursive: true });
    write("circle.txt", "-r circle.txt\n");
    const error = await catchError(readEnvironmentFile(write("refused.txt", `${line}\n`), false));
    expect(error.code).toBe("environment_file_invalid");
    expect(error.message).toContain(part);
  });

  it("says that there is no such file", async () => {
    expect((await catchError(readEnvironmentFile(join(folder, "none.txt"), false))).message).toContain("no such file");
  });
});

describe("the hash of an environment", () => {
  it("does not depend on names and comments, but on what is asked for", async () => {
    const one = hashSpec(
      await readEnvironmentFile(write("a.yaml", "name: a\ndependencies: [python=3.11.2, six]"), false),
    );
    const same = hashSpec(
      await readEnvironmentFile(write("b.yaml", "# b\ndependencies:\n- python=3.11\n- six\n"), false),
    );
    const other = hashSpec(await readEnvironmentFile(write("c.yaml", "dependencies: [python=3.10, six]"), false));
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it("is the same for all examples, so that they share one environment", async () => {
    const names = ["digits-images", "tabular-dataframe", "partitioned-parquet"];
    const hashes = await Promise.all(
      names.map(async (name) => {
        const file = join(import.meta.dirname, "../../examples", name, "environment/conda.yaml");
        return hashSpec(await readEnvironmentFile(file, false));
      }),
    );
    expect(new Set(hashes).size).toBe(1);
  });
});
