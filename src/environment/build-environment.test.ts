import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyPackage } from "../../test/support/wheel.ts";
import { BatchwiseError } from "../errors.ts";
import { type BuildOptions, buildEnvironment } from "./build-environment.ts";
import { explainBuildFailure } from "./explain-build-failure.ts";
import { findPython } from "./find-python.ts";
import { findOnPath } from "./installed-pythons.ts";
import { runProgram } from "./run-program.ts";

const hasUv = findOnPath("uv", process.env) !== null;
const builders: readonly (readonly [name: string, usePip: boolean])[] = hasUv
  ? [
      ["pip", true],
      ["uv", false],
    ]
  : [["pip", true]];

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-build-"));
  writeTinyPackage(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function importFrom(executable: string, expression: string): Promise<string> {
  return (await runProgram(executable, ["-c", `print(${expression})`])).stdout.trim();
}

async function catchError(promise: Promise<unknown>): Promise<BatchwiseError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BatchwiseError)) throw new Error(`no BatchwiseError but ${error}`);
  return error;
}

function countFolders(home: string, hash: string): number {
  return readdirSync(join(home, "environments", hash)).filter((name) => name.startsWith("python-")).length;
}

describe.each(builders)("building with %s", (builder, usePip) => {
  it("installs a package from the index, once, and finds the environment again", async () => {
    const home = join(folder, `real-${builder}`);
    const file = join(folder, "conda.yaml");
    writeFileSync(file, "dependencies: [python>=3.8, pip, {pip: [six==1.16.0, azureml-core]}]\n");
    const [lines, notices]: [string[], string[]] = [[], []];
    const options: BuildOptions = {
      usePip,
      onProgress: (line) => lines.push(line),
      onNotice: (text) => notices.push(text),
    };
    const built = await buildEnvironment(file, home, options);
    expect(built.wasBuilt).toBe(true);
    expect(lines[0]).toContain(`and ${builder}`);
    expect(lines.length).toBeGreaterThan(2);
    expect(notices.join()).toContain("azureml-core");
    expect(await importFrom(built.executable, "__import__('six').__version__")).toBe("1.16.0");
    lines.length = 0;
    expect(await buildEnvironment(file, home, options)).toEqual({ ...built, wasBuilt: false });
    expect(lines).toEqual([]);
  });

  it("shows the builder's own lines when a package does not exist, and leaves nothing", async () => {
    const home = join(folder, `missing-${builder}`);
    const file = join(folder, `missing-${builder}.txt`);
    writeFileSync(file, "--no-index\nno-such-package-here==1.0\n");
    const error = await catchError(buildEnvironment(file, home, { usePip }));
    expect(error).toMatchObject({ code: "environment_build_failed", exitCode: 2 });
    expect(error.message).toContain("no-such-package-here");
    const log = /the whole log: (.*)/.exec(error.message)?.[1] ?? "";
    expect(readFileSync(log, "utf8")).toContain("no-such-package-here");
    const [hash = ""] = readdirSync(join(home, "environments")).filter((name) => !name.startsWith("."));
    expect(readdirSync(join(home, "environments", hash)).sort()).toEqual(["build.log", "requirements.txt"]);
  });

  it("builds once when two ask at the same time", async () => {
    const home = join(folder, `twice-${builder}`);
    const lines: string[] = [];
    const ask = () =>
      buildEnvironment(join(folder, "tiny.txt"), home, { usePip, onProgress: (line) => lines.push(line) });
    const [one, two] = await Promise.all([ask(), ask()]);
    expect([one.wasBuilt, two.wasBuilt].sort()).toEqual([false, true]);
    expect(two.executable).toBe(one.executable);
    expect(lines.filter((line) => line.startsWith("another process builds")).length).toBe(1);
    expect(countFolders(home, one.hash)).toBe(1);
  });
});

describe("an environment", () => {
  it("is built whole after a builder was killed in the middle, by whoever waited for it", async () => {
    const home = join(folder, "killed");
    const program = join(folder, "build.ts");
    writeFileSync(
      program,
      `import { buildEnvironment } from ${JSON.stringify(join(import.meta.dirname, "build-environment.ts"))};
       await buildEnvironment(${JSON.stringify(join(folder, "tiny.txt"))}, ${JSON.stringify(home)}, { onProgress: console.log });`,
    );
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    await once(createInterface({ input: child.stdout }), "line");
    // The child holds the lock now. This process waits for it until the child is killed.
    const waiting = Promise.withResolvers<void>();
    const building = buildEnvironment(join(folder, "tiny.txt"), home, {
      onProgress: (line) => line.startsWith("another process") && waiting.resolve(),
    });
    await waiting.promise;
    child.kill("SIGKILL");
    const built = await building;
    expect(built.wasBuilt).toBe(true);
    expect(await importFrom(built.executable, "__import__('tiny').answer")).toBe("42");
  });

  it("is built again when the Python below it is gone", async () => {
    const home = join(folder, "gone");
    const file = join(folder, "empty.txt");
    writeFileSync(file, "# no packages\n");
    const first = await buildEnvironment(file, home);
    rmSync(first.executable);
    const second = await buildEnvironment(file, home);
    expect(second.wasBuilt).toBe(true);
    expect(existsSync(second.executable)).toBe(true);
    expect(countFolders(home, second.hash)).toBe(1);
  });

  it("is what findPython gives for a file, ahead of an active one", async () => {
    const home = join(folder, "found");
    const env = { ...process.env, VIRTUAL_ENV: "/nowhere" };
    const file = join(folder, "empty2.txt");
    writeFileSync(file, "\n");
    // The active environment is not there, and does not matter for a built one.
    const found = await findPython({ python: null, environmentFile: file, home, env });
    expect(found.source).toBe("environment");
    expect(found.executable.startsWith(join(home, "environments"))).toBe(true);
  });

  it("says where it could not be kept", async () => {
    const home = join(folder, "no-folder");
    writeFileSync(home, "a file where the home should be");
    const error = await catchError(buildEnvironment(join(folder, "tiny.txt"), home));
    expect(error.code).toBe("environment_build_failed");
    expect(error.message).toContain(join(home, "environments"));
  });

  it("names the Pythons there are when the wanted one is not", async () => {
    const file = join(folder, "future.yaml");
    writeFileSync(file, "dependencies: [python=3.99]\n");
    const error = await catchError(buildEnvironment(file, join(folder, "future")));
    expect(error.code).toBe("environment_python_missing");
    expect(error.message).toMatch(/asks for Python 3\.99; this machine has 3\.\d+\.\d+ \(/);
  });
});

describe("a Python version that is not on this machine", () => {
  it("is replaced by the nearest one when that is wanted, with a word about it, as an environment of its own", async () => {
    const file = join(folder, "near.yaml");
    writeFileSync(file, "dependencies: [python=3.99]\n");
    const notices: string[] = [];
    const options = { pythonVersionFallback: true, onNotice: (text: string) => notices.push(text) };
    const built = await buildEnvironment(file, join(folder, "near"), options);
    expect(notices.join()).toContain(`Python 3.99 is not on this machine; Python ${built.version} is taken instead`);
    expect(await buildEnvironment(file, join(folder, "near"), options)).toEqual({ ...built, wasBuilt: false });
    const error = await catchError(buildEnvironment(file, join(folder, "near")));
    expect(error.hint).toContain(`take Python ${built.version} instead with --python-version-fallback`);
  });
});

describe("an environment file that needs no building", () => {
  it("names an interpreter, which is taken as it is", async () => {
    const { executable } = await findPython({ python: "python3", environmentFile: null, home: folder });
    const file = join(folder, "interpreter.yml");
    writeFileSync(file, `name: e\npython: ${executable}\n`);
    const found = await findPython({ python: null, environmentFile: file, home: join(folder, "none") });
    expect(found).toMatchObject({ executable, source: "environment" });
    writeFileSync(file, "python: ./not-there/python\n");
    const error = await catchError(findPython({ python: null, environmentFile: file, home: join(folder, "none") }));
    expect(error.message).toContain(join(folder, "not-there", "python"));
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("has an image alone: the job gets the Python of this machine, and a word about it", async () => {
    const file = join(folder, "image.yml");
    writeFileSync(file, "name: e\nimage: mcr.example/azureml/openmpi:latest\n");
    const notices: string[] = [];
    const found = await findPython({
      python: null,
      environmentFile: file,
      home: join(folder, "none"),
      env: { ...process.env, VIRTUAL_ENV: "", CONDA_PREFIX: "" },
      onNotice: (text) => notices.push(text),
    });
    expect(found.source).toBe("path");
    expect(notices.join()).toContain("runs without the container");
  });
});

describe("the hint for a failed build", () => {
  it.each([
    ["ERROR: No matching distribution found for foo==9", 'no "foo==9"'],
    ["No module named ensurepip", "python3-venv"],
    ["OSError: [Errno 28] No space left on device", "disk is full"],
    [
      "NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution found for x",
      "cannot be reached",
    ],
    ["ERROR: ResolutionImpossible", "do not fit together"],
    ["error: subprocess-exited-with-error", "had to be compiled"],
    ["something else", "nothing half-made"],
  ])("for %j", (output, part) => expect(explainBuildFailure(output)).toContain(part));
});
