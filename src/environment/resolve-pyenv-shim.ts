import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Where pyenv's shim would end up, without running it: the shim is a shell script that takes about 70 ms, a quarter of what a job may need from
 * command to first row. Follows pyenv's rule (PYENV_VERSION, else `.python-version` from the working directory upwards, else `version` in its
 * root) for plain installed versions only; anything else gives the path back as it came, and the shim itself decides.
 */
export function resolvePyenvShim(path: string, cwd: string, env: NodeJS.ProcessEnv): string {
  const shims = dirname(path);
  const root = dirname(shims);
  if (
    basename(shims) !== "shims" ||
    !existsSync(join(root, "versions")) ||
    !existsSync(join(root, "libexec", "pyenv"))
  ) {
    return path;
  }
  const name = env.PYENV_VERSION ?? readVersionFile(cwd, root);
  if (name === null || !/^\d+\.\d+\.\d+$/.test(name)) return path;
  const executable = join(root, "versions", name, "bin", basename(path));
  return existsSync(executable) ? executable : path;
}

function readVersionFile(cwd: string, root: string): string | null {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const text = readIfThere(join(folder, ".python-version"));
    if (text !== null) return text;
    if (dirname(folder) === folder) return readIfThere(join(root, "version"));
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
