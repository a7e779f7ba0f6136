import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { isNewEnough, type ProbedPython, probePython, versionOf } from "./probe-python.ts";
import { compareVersions } from "./python-version.ts";
import { resolvePyenvShim } from "./resolve-pyenv-shim.ts";

/** The active virtual or conda environment's interpreter, or null when none is active. */
export function findActivePython(env: NodeJS.ProcessEnv): { path: string; variable: string } | null {
  for (const variable of ["VIRTUAL_ENV", "CONDA_PREFIX"]) {
    const prefix = env[variable];
    if (prefix !== undefined && prefix !== "") return { path: join(prefix, "bin", "python"), variable };
  }
  return null;
}

/** First file of this name on PATH, a pyenv shim already followed, or null. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv, cwd = process.cwd()): string | null {
  for (const folder of pathFolders(env, cwd)) {
    if (listFolder(folder).includes(name)) return resolvePyenvShim(join(folder, name), cwd, env);
  }
  return null;
}

/**
 * Every usable Python (3.8 and later) of this machine: the active one first, then `python3` on PATH, then the others with the newest first.
 * Looks at PATH, pyenv's versions and uv's; each is started once to ask its version.
 */
export async function listInstalledPythons(env: NodeJS.ProcessEnv): Promise<ProbedPython[]> {
  const active = findActivePython(env);
  const favourites = [active?.path, findOnPath("python3", env), findOnPath("python", env)];
  const candidates = new Set([...favourites.filter((path) => typeof path === "string"), ...listCandidates(env)]);
  const found = await Promise.all([...candidates].map((path) => probePython(path, env)));
  const seen = new Set<string>();
  const usable = found.filter((python): python is ProbedPython => {
    if (python === null || !isNewEnough(python) || seen.has(python.basePrefix)) return false;
    seen.add(python.basePrefix);
    return true;
  });
  const first = usable.slice(0, 1);
  return [...first, ...usable.slice(1).sort((a, b) => compareVersions(versionOf(b), versionOf(a)))];
}

/** "3.11.7 (/usr/bin/python3), 3.8.18 (…)" for a message. */
export function describePythons(pythons: readonly ProbedPython[]): string {
  return pythons.map((python) => `${python.version} (${python.executable})`).join(", ");
}

function listCandidates(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? homedir();
  const onPath = pathFolders(env, process.cwd())
    // Shims answer only for the versions switched on; the versions themselves are listed below.
    .filter((folder) => !folder.endsWith("/shims"))
    .flatMap((folder) =>
      listFolder(folder)
        .filter((name) => /^python3\.\d+$/.test(name))
        .map((name) => join(folder, name)),
    );
  const pyenv = join(env.PYENV_ROOT ?? join(home, ".pyenv"), "versions");
  const uv = env.UV_PYTHON_INSTALL_DIR ?? join(env.XDG_DATA_HOME ?? join(home, ".local/share"), "uv/python");
  const managed = [pyenv, uv].flatMap((root) => listFolder(root).map((name) => join(root, name, "bin", "python3")));
  return [...onPath, ...managed];
}

function pathFolders(env: NodeJS.ProcessEnv, cwd: string): string[] {
  return (env.PATH ?? "").split(delimiter).map((folder) => resolve(cwd, folder));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
