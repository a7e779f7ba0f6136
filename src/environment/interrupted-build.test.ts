import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { writeTinyPackage } from "../../test/support/wheel.ts";
import { buildEnvironment } from "./build-environment.ts";
import { runProgram } from "./run-program.ts";

/** A process that builds, as any command would. */
function writeBuilder(folder: string, file: string, home: string): string {
  const program = join(folder, "build.ts");
  writeFileSync(
    program,
    `import { buildEnvironment } from ${JSON.stringify(join(import.meta.dirname, "build-environment.ts"))};
     const built = await buildEnvironment(${JSON.stringify(file)}, ${JSON.stringify(home)}, { onProgress: console.log, usePip: true });
     console.log("built " + built.wasBuilt);`,
  );
  return program;
}

function listMarkers(home: string): string[] {
  const root = join(home, "environments");
  if (!existsSync(root)) return [];
  return readdirSync(root).filter((hash) => existsSync(join(root, hash, ".complete")));
}

test("a build that is killed at ten points leaves nothing that counts, and the next call builds it whole", async () => {
  const folder = makeTempFolder();
  const file = writeTinyPackage(folder);
  const calm = join(folder, "calm");
  const startedAt = performance.now();
  const { hash } = await buildEnvironment(file, calm, { usePip: true });
  const wholeMs = performance.now() - startedAt;

  // Each call finds what the one before it left, and is killed in its turn; a pip that lost its builder may still be at work.
  const home = join(folder, "home");
  mkdirSync(home);
  const program = writeBuilder(folder, file, home);
  for (let point = 0; point < 10; point++) {
    const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    await once(createInterface({ input: child.stdout }), "line");
    // Not to wait for something, but to be somewhere in the middle.
    await sleep((wholeMs * point) / 11);
    child.kill("SIGKILL");
    await ended;
    if (listMarkers(home).length > 0) break; // it was quicker than the calm one, and is whole
  }
  const built = await buildEnvironment(file, home, { usePip: true });
  expect(built.hash).toBe(hash);
  expect(listMarkers(home)).toEqual([hash]);
  const { stdout } = await runProgram(built.executable, ["-c", "import tiny; print(tiny.answer)"]);
  expect(stdout.trim()).toBe("42");
  const check = await runProgram(built.executable, ["-m", "pip", "check", "--disable-pip-version-check"]);
  expect(check.code).toBe(0);
}, 300_000);

test("four processes that ask at once build it once", async () => {
  const folder = makeTempFolder();
  const home = join(folder, "home");
  const program = writeBuilder(folder, writeTinyPackage(folder), home);
  const results = await Promise.all([1, 2, 3, 4].map(() => runProgram(process.execPath, [program])));
  const answers = results.map(({ stdout }) => stdout.trim().split("\n").at(-1)).sort();
  expect(answers).toEqual(["built false", "built false", "built false", "built true"]);
  const [hash = ""] = listMarkers(home);
  const tries = readdirSync(join(home, "environments", hash)).filter((name) => name.startsWith("python-"));
  expect(tries).toHaveLength(1);
}, 120_000);
