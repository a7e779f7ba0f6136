import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BatchwiseError } from "../errors.ts";
import { findPython, type PythonRequest } from "./find-python.ts";
import { findOnPath } from "./installed-pythons.ts";
import { resolvePyenvShim } from "./resolve-pyenv-shim.ts";

let folder = "";
let installed = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-python-"));
  installed = (await findPython(request({}))).executable;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Neither an active environment of the one who runs the tests nor a test's leftovers count. */
function request(env: NodeJS.ProcessEnv, more: Partial<PythonRequest> = {}): PythonRequest {
  const clean = { ...process.env, VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, ...env };
  return { python: null, environmentFile: null, home: folder, env: clean, ...more };
}

function writeProgram(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A folder `bin` with a `python` that is a link to a real one, as in a virtual environment. */
function makePrefix(name: string): string {
  mkdirSync(join(folder, name, "bin"), { recursive: true });
  symlinkSync(installed, join(folder, name, "bin", "python"));
  writeFileSync(join(folder, name, "pyvenv.cfg"), `home = ${dirname(installed)}\n`);
  return join(folder, name);
}

/** Answers as Python 3.7 does. */
const oldPython = `#!/bin/sh\necho '{"python": "3.7.16", "executable": "/opt/old/bin/python3", "prefix": "/opt/old"}'\n`;

async function catchError(promise: Promise<unknown>): Promise<BatchwiseError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BatchwiseError)) throw new Error(`no BatchwiseError but ${error}`);
  return error;
}

describe("finding the Python of a job", () => {
  it("takes python3 on PATH when nothing else is given, and names the interpreter itself", async () => {
    const found = await findPython(request({}));
    expect(found.source).toBe("path");
    expect(found.version).toMatch(/^3\.\d+\.\d+$/);
    expect(found.executable).not.toContain("/shims/");
    expect(found.executable.startsWith("/")).toBe(true);
  });

  it("prefers the active virtual environment, then conda's", async () => {
    const [venv, conda] = [makePrefix("venv"), makePrefix("conda")];
    const both = await findPython(request({ VIRTUAL_ENV: venv, CONDA_PREFIX: conda }));
    expect(both).toMatchObject({ source: "active", executable: join(venv, "bin/python") });
    expect((await findPython(request({ CONDA_PREFIX: conda }))).executable).toBe(join(conda, "bin/python"));
  });

  it("prefers --python, as a path or as a command on PATH", async () => {
    const prefix = makePrefix("named");
    const env = { VIRTUAL_ENV: makePrefix("ignored") };
    const byPath = await findPython(request(env, { python: join(prefix, "bin/python") }));
    expect(byPath).toMatchObject({ source: "option", executable: join(prefix, "bin/python") });
    expect((await findPython(request(env, { python: "python3" }))).executable).toBe(installed);
  });

  it("checks the script with the same start", async () => {
    const good = join(folder, "good.py");
    const bad = join(folder, "bad.py");
    writeFileSync(good, "def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n");
    writeFileSync(bad, "def init():\n    pass\n\n\ndef run(:\n");
    expect((await findPython(request({}, { script: good }))).scriptProblem).toBeNull();
    expect((await findPython(request({}, { script: bad }))).scriptProblem).toMatchObject({ kind: "syntax", line: 5 });
  });

  it("says that there is no Python at the path given, and which there are", async () => {
    const error = await catchError(findPython(request({}, { python: "/nowhere/python" })));
    expect(error).toMatchObject({ code: "python_not_found", exitCode: 2 });
    expect(error.message).toContain("/nowhere/python");
    expect(error.hint).toContain(installed);
  });

  it("does not fall back to another when the active environment is gone", async () => {
    const error = await catchError(findPython(request({ VIRTUAL_ENV: join(folder, "gone") })));
    expect(error.code).toBe("python_not_found");
    expect(error.message).toContain("VIRTUAL_ENV");
  });

  it("says that PATH has none", async () => {
    const env = { PATH: join(folder, "empty"), HOME: folder, PYENV_ROOT: join(folder, "none") };
    const error = await catchError(findPython(request(env)));
    expect(error.code).toBe("python_not_found");
    expect(error.hint).toContain("install Python 3.8 or later");
  });

  it.each([
    ["a file that may not be run", 0o644, "hello\n", "python_not_found"],
    ["another program", 0o755, "#!/bin/sh\necho hello\nexit 3\n", "python_unusable"],
  ])("tells %s from a Python", async (_name, mode, text, code) => {
    const path = writeProgram(join(folder, "program"), text);
    chmodSync(path, mode);
    expect((await catchError(findPython(request({}, { python: path })))).code).toBe(code);
  });

  it("refuses a Python older than 3.8 and names its version", async () => {
    const path = writeProgram(join(folder, "old/python3"), oldPython);
    const error = await catchError(findPython(request({}, { python: path })));
    expect(error.code).toBe("python_too_old");
    expect(error.message).toContain("3.7.16");
  });

  it("goes on to python when python3 on PATH is too old", async () => {
    const bin = join(folder, "mixed");
    writeProgram(join(bin, "python3"), oldPython);
    symlinkSync(installed, join(bin, "python"));
    const found = await findPython(request({ PATH: `${bin}:/usr/bin:/bin` }));
    expect(found.executable).toBe(join(bin, "python"));
  });
});

describe("a pyenv shim", () => {
  it("is followed by PYENV_VERSION, then .python-version upwards, then the root's version; else left alone", () => {
    const root = join(folder, "pyenv");
    const shim = writeProgram(join(root, "shims/python3"), "#!/bin/sh\n");
    writeProgram(join(root, "libexec/pyenv"), "");
    for (const version of ["3.9.1", "3.10.2", "3.11.3"])
      writeProgram(join(root, `versions/${version}/bin/python3`), "");
    const project = join(folder, "project/deep");
    mkdirSync(project, { recursive: true });
    const resolveIn = (cwd: string, env: NodeJS.ProcessEnv = {}) => resolvePyenvShim(shim, cwd, env).slice(root.length);
    expect(resolveIn(project)).toBe("/shims/python3");
    writeFileSync(join(root, "version"), "3.9.1\n");
    expect(resolveIn(project)).toBe("/versions/3.9.1/bin/python3");
    writeFileSync(join(folder, "project/.python-version"), "3.10.2\n");
    expect(resolveIn(project)).toBe("/versions/3.10.2/bin/python3");
    expect(resolveIn(project, { PYENV_VERSION: "3.11.3" })).toBe("/versions/3.11.3/bin/python3");
    expect(resolveIn(project, { PYENV_VERSION: "3.11.3:3.9.1" })).toBe("/shims/python3");
    expect(resolveIn(project, { PYENV_VERSION: "3.12.9" })).toBe("/shims/python3");
    expect(resolvePyenvShim("/usr/bin/python3", project, {})).toBe("/usr/bin/python3");
  });

  it("is not what PATH gives for a name that is not there", () => {
    expect(findOnPath("no-such-python", process.env)).toBeNull();
  });
});
