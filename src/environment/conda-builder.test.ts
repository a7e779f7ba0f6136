import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findTestPython } from "../../test/support/python.ts";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { buildEnvironment } from "./build-environment.ts";

/**
 * There is no conda here. A program of that name stands in which makes an environment at --prefix as conda would, and keeps what it was asked for: so what is tested
 * is when conda is called, how, and with which file.
 */
function putOnPath(folder: string, name: string, body: string): NodeJS.ProcessEnv {
  const program = join(folder, name);
  writeFileSync(program, `#!/bin/sh\n${body}\n`);
  chmodSync(program, 0o755);
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
}

function standIn(folder: string): string {
  return `echo "$@" > ${folder}/asked
while [ $# -gt 0 ]; do
  case $1 in --prefix) prefix=$2; shift;; --file) cp "$2" ${folder}/file.json; shift;; esac
  shift
done
echo "Transaction finished"
exec ${findTestPython()} -m venv --without-pip "$prefix"`;
}

const needsConda = `channels: [conda-forge]
dependencies:
  - python=3.11
  - gdal=3.6
  - azureml-core
  - pip=21
  - pip: [six==1.16.0, azureml-defaults]
`;

describe("an environment that only conda can build", () => {
  test.each([
    ["micromamba", /^create --yes --prefix \S+ --file \S+conda\.yml$/],
    ["mamba", /^env create --prefix \S+ --file \S+conda\.yml$/],
    ["conda", /^env create --prefix \S+ --file \S+conda\.yml$/],
  ])("is built with %s from what the file asks for, once", async (name, asked) => {
    const folder = makeTempFolder();
    const file = join(folder, "conda.yaml");
    writeFileSync(file, needsConda);
    const env = putOnPath(folder, name, standIn(folder));
    const lines: string[] = [];
    const options = { env, onProgress: (line: string) => lines.push(line) };
    const built = await buildEnvironment(file, join(folder, "home"), options);
    expect(lines).toEqual([`building the environment of conda.yaml with ${name}`, "Transaction finished"]);
    expect(readFileSync(join(folder, "asked"), "utf8").trim()).toMatch(asked);
    expect(JSON.parse(readFileSync(join(folder, "file.json"), "utf8"))).toEqual({
      channels: ["conda-forge"],
      dependencies: ["python=3.11", "gdal=3.6", "pip", { pip: ["six==1.16.0"] }],
    });
    expect(await buildEnvironment(file, join(folder, "home"), options)).toEqual({ ...built, wasBuilt: false });
    expect(lines).toHaveLength(2);
  });

  test("shows conda's own lines when it fails", async () => {
    const folder = makeTempFolder();
    const file = join(folder, "conda.yaml");
    writeFileSync(file, needsConda);
    const env = putOnPath(folder, "conda", "echo 'PackagesNotFoundError: gdal=3.6' >&2; exit 1");
    await expect(buildEnvironment(file, join(folder, "home"), { env })).rejects.toMatchObject({
      code: "environment_build_failed",
      message: expect.stringContaining("PackagesNotFoundError: gdal=3.6"),
    });
  });

  test("takes conda for a Python that this machine lacks, and not for what pip can do", async () => {
    const folder = makeTempFolder();
    const file = join(folder, "conda.yaml");
    writeFileSync(file, "dependencies: [python=3.99]\n");
    const env = putOnPath(folder, "conda", standIn(folder));
    const lines: string[] = [];
    await buildEnvironment(file, join(folder, "home"), { env, onProgress: (line) => lines.push(line) });
    expect(lines[0]).toContain("with conda");
    writeFileSync(file, "dependencies: []\n");
    lines.length = 0;
    await buildEnvironment(file, join(folder, "home"), { env, onProgress: (line) => lines.push(line) });
    expect(lines[0]).toMatch(/with Python 3\.\d+\.\d+ and (pip|uv)/);
  });
});
