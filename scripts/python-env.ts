/**
 * Virtual environments for the repository's own needs (linters, the tests' pandas), below the user's cache folder and keyed by the content
 * of their requirements file and by the interpreter: made once, then found in a few milliseconds.
 *
 * A virtual environment cannot be moved, so it is built where it stays; `.complete` is written last, and a folder without it is built anew.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const root = dirname(import.meta.dirname);

/** An installed Python: the program itself (never a pyenv shim, which costs a shell at each start) and its version. */
export interface Python {
  readonly executable: string;
  readonly major: number;
  readonly minor: number;
}

/**
 * Makes sure that the environment for `scripts/requirements/<name>.txt` is there.
 *
 * @returns the path of its `python`
 */
export function ensureEnvironment(name: "mlflow" | "test" | "tools"): string {
  const base = findDefaultPython();
  const requirements = join(root, "scripts", "requirements", `${name}.txt`);
  const key = createHash("sha256")
    .update(readFileSync(requirements))
    .update(base.executable)
    .update(`${base.major}.${base.minor}`);
  const parent = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "batchwise");
  const folder = join(parent, `${name}-${key.digest("hex").slice(0, 16)}`);
  const python = join(folder, "bin", "python");
  const complete = join(folder, ".complete");
  if (existsSync(complete)) return python;

  mkdirSync(parent, { recursive: true, mode: 0o700 });
  // The lock of a SQLite transaction dies with its process, so an interrupted build never blocks the next one.
  const lock = new DatabaseSync(`${folder}.lock`, { timeout: 600_000 });
  try {
    lock.exec("BEGIN IMMEDIATE");
    if (existsSync(complete)) return python;
    console.error(`building the Python environment for "${name}" ...`);
    rmSync(folder, { recursive: true, force: true });
    buildEnvironment(base, folder, requirements);
    writeFileSync(complete, "");
  } finally {
    lock.close();
  }
  return python;
}

/** The Python that people get who type `python3`. */
export function findDefaultPython(): Python {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const found = probePython(join(folder, "python3"));
    if (found !== undefined && isNewEnough(found)) return found;
  }
  throw new Error("the tests and the check need Python 3.8 or later: no `python3` on PATH is");
}

/** Each minor version from 3.8 on that this machine has, on PATH or in pyenv, oldest first. */
export function findPythons(): Python[] {
  const found = new Map<number, Python>();
  for (const candidate of [...listVersionedPythons(), ...listPyenvPythons()]) {
    const python = probePython(candidate);
    if (python !== undefined && isNewEnough(python) && !found.has(python.minor)) found.set(python.minor, python);
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor);
}

function listVersionedPythons(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith("shims"));
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => /^python3\.\d+$/.test(name))
      .map((name) => join(folder, name));
  });
}

function listPyenvPythons(): string[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  if (!existsSync(versions)) return [];
  return readdirSync(versions).map((name) => join(versions, name, "bin", "python"));
}

function probePython(candidate: string): Python | undefined {
  try {
    accessSync(candidate, constants.X_OK);
  } catch {
    return undefined;
  }
  const code = "import sys; print(sys.executable); print(sys.version_info[0]); print(sys.version_info[1])";
  const { status, stdout } = spawnSync(candidate, ["-c", code], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [executable = "", major, minor] = stdout.trim().split("\n");
  return { executable, major: Number(major), minor: Number(minor) };
}

function isNewEnough({ major, minor }: Python): boolean {
  return major === 3 && minor >= 8;
}

function buildEnvironment(base: Python, folder: string, requirements: string): void {
  const python = join(folder, "bin", "python");
  const hasUv = spawnSync("uv", ["--version"]).status === 0;
  if (hasUv) {
    runStep("uv", ["venv", "--quiet", "--python", base.executable, folder]);
    runStep("uv", ["pip", "install", "--quiet", "--python", python, "-r", requirements]);
  } else {
    runStep(base.executable, ["-m", "venv", folder]);
    runStep(python, ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", requirements]);
  }
}

function runStep(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
  if (error !== undefined) throw new Error(`cannot start ${program}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`\`${program} ${args.join(" ")}\` failed with exit code ${status}`);
}
