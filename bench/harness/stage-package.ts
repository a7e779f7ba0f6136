import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./context.ts";
import { expectSuccess, runCommand } from "./run-command.ts";

/**
 * Builds the package and lays it out as an installation has it (compiled, without `src/`), in a folder of its own: what is measured is what a user gets,
 * and does not change when somebody edits the sources meanwhile. Returns that folder. Throws when the sources do not compile.
 */
export async function stagePackage(cache: string): Promise<string> {
  const folder = join(cache, "package");
  expectSuccess(await runCommand(process.execPath, [join(repositoryRoot, "scripts", "build.ts")]), "the build");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const part of ["bin", "dist", "package.json", join("python", "batchwise_worker")]) {
    cpSync(join(repositoryRoot, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith("__pycache__"),
    });
  }
  symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
  return folder;
}
