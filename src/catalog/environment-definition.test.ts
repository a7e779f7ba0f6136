import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCatalog } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { parseEnvironmentFile } from "../config/files/asset-files.ts";
import { type EnvironmentDefinition, keepEnvironmentFile } from "./environment-definition.ts";
import { registerEnvironment } from "./register-asset.ts";

let folder: string;

beforeEach(() => {
  folder = makeTempFolder();
});

function register(fields: Record<string, unknown>, catalog = makeCatalog()) {
  const file = parseEnvironmentFile({ value: { name: "e", ...fields }, baseDir: folder }, []);
  const { asset, isNew } = registerEnvironment(catalog, file);
  const path = keepEnvironmentFile(catalog.home, asset);
  return {
    asset,
    isNew,
    definition: asset.definition as unknown as EnvironmentDefinition,
    kept: path === null ? null : readFileSync(path, "utf8"),
  };
}

describe("an environment", () => {
  test("is the same from a file and written inside", () => {
    writeTree(folder, { "conda.yml": "dependencies: [python=3.11, {pip: [six==1.16.0]}]" });
    const catalog = makeCatalog();
    const first = register({ conda_file: "conda.yml", image: "x" }, catalog);
    const second = register(
      { image: "x", conda_file: { dependencies: ["python=3.11", { pip: ["six==1.16.0"] }] } },
      catalog,
    );
    expect(second.asset.hash).toBe(first.asset.hash);
    expect(second).toMatchObject({ isNew: false, asset: { version: "1" } });
    expect(JSON.parse(first.kept ?? "")).toEqual({ dependencies: ["python=3.11", { pip: ["six==1.16.0"] }] });
  });

  test("stays what it was when its files change", () => {
    writeTree(folder, {
      "conda.yml": "dependencies: [{pip: [-r requirements.txt]}]",
      "requirements.txt": "six==1.16.0\n",
    });
    const catalog = makeCatalog();
    const { asset } = register({ conda_file: "conda.yml" }, catalog);
    writeTree(folder, { "requirements.txt": "six==1.15.0\n" });
    expect(readFileSync(keepEnvironmentFile(catalog.home, asset) ?? "", "utf8")).toContain("six==1.16.0");
    expect(register({ conda_file: "conda.yml" }, catalog)).toMatchObject({ isNew: true, asset: { version: "2" } });
  });

  test("takes the files in that its files name", () => {
    writeTree(folder, {
      "env/conda.yml": "dependencies: [python=3.11, {pip: ['-r sub/all.txt', ./local.whl, pandas]}]",
      "env/sub/all.txt": "# comment\nnumpy \\\n  >=1.26\n-r more.txt\n-c constraints.txt\n",
      "env/sub/more.txt": "scipy # why\n../other.whl\n",
    });
    expect(register({ conda_file: "env/conda.yml" }).definition.condaFile).toEqual({
      dependencies: [
        "python=3.11",
        {
          pip: [
            "numpy    >=1.26",
            "scipy",
            join(folder, "env/other.whl"),
            `-c ${join(folder, "env/sub/constraints.txt")}`,
            join(folder, "env/local.whl"),
            "pandas",
          ],
        },
      ],
    });
  });

  test("may be a requirements file, python_env.yaml, or an interpreter", () => {
    writeTree(folder, {
      "requirements.txt": "six\n",
      "python_env.yaml": "python: 3.11.4\nbuild_dependencies: [pip]\ndependencies: [-r requirements.txt]\n",
    });
    expect(register({ conda_file: "requirements.txt" })).toMatchObject({
      definition: { condaFile: null, requirements: "six\n" },
      kept: "six\n",
    });
    expect(register({ conda_file: "python_env.yaml" }).definition.condaFile).toEqual({
      python: "3.11.4",
      build_dependencies: ["pip"],
      dependencies: ["six"],
    });
    expect(register({ python: "./venv/bin/python" })).toMatchObject({
      definition: { pythonPath: join(folder, "venv/bin/python") },
      kept: null,
    });
    expect(register({ python: "python3.11" }).definition.pythonPath).toBe("python3.11");
  });

  test("with an image alone has nothing to build", () => {
    expect(register({ image: "x" })).toMatchObject({ definition: { image: "x", condaFile: null }, kept: null });
  });

  test("that names a file that is not there, or files in a circle, is refused", () => {
    writeTree(folder, { "a.txt": "-r b.txt", "b.txt": "-r a.txt", "list.yml": "- a" });
    expect(() => register({ conda_file: "nowhere.yml" })).toThrow(/No such file or directory: .*nowhere\.yml/);
    expect(() => register({ conda_file: "a.txt" })).toThrow(/leads back to it/);
    expect(() => register({ conda_file: "list.yml" })).toThrow(/a conda file is a map/);
  });
});
