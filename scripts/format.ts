/** `npm run format`: puts right what `npm run check` complains about and a program can mend, generated pages included. */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { ensureEnvironment } from "./python-env.ts";

const root = dirname(import.meta.dirname);
const python = ensureEnvironment("tools");

const commands: readonly (readonly [string, ...string[]])[] = [
  [process.execPath, "scripts/build-docs.ts"],
  ["biome", "check", "--write", ...process.argv.slice(2)],
  [python, "-m", "ruff", "check", "--quiet", "--fix", "--exit-zero", "."],
  [python, "-m", "ruff", "format", "--quiet", "."],
];

for (const [program, ...args] of commands) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
