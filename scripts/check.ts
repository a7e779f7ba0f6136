/**
 * `npm run check`: everything about the source that needs no run. The checks run side by side; each says in one line how it went, and what is
 * wrong follows. The exit code is 0 when all is well.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureEnvironment } from "./python-env.ts";

const root = dirname(import.meta.dirname);
const python = ensureEnvironment("tools");
const pythonSources = ["python", "examples", "bench", "scripts", "test"].filter((folder) =>
  existsSync(join(root, folder)),
);

// `3.8-`: what runs on 3.8 or earlier is right; anything newer is shown with its place.
const vermin = ["--target=3.8-", "--violations", "--no-tips", "--no-parse-comments"];
vermin.push("python/batchwise_worker", "python/batchwise_lint");

/** Name, what it looks at, and the command. */
const checks: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "biome",
    "format and lint of TypeScript and JSON",
    ["biome", "check", "--error-on-warnings", "--diagnostic-level=warn", "--colors=off"],
  ],
  ["types", "TypeScript's types", ["tsc", "--noEmit", "--pretty", "false"]],
  ["imports", "direction of imports, circles, packages", [process.execPath, "scripts/check-imports.ts"]],
  ["text", "length of files, words that must not be committed", [process.execPath, "scripts/check-text.ts"]],
  ["docs", "generated pages are what the source says", [process.execPath, "scripts/build-docs.ts", "--check"]],
  ["reliability", "every fault of the catalogue has its test", [process.execPath, "scripts/reliability.ts", "--check"]],
  ["ruff", "lint of Python", [python, "-m", "ruff", "check", "--quiet", "--no-cache", ...pythonSources]],
  [
    "ruff format",
    "format of Python",
    [python, "-m", "ruff", "format", "--check", "--quiet", "--no-cache", ...pythonSources],
  ],
  ["worker", "standard library only, syntax of Python 3.8", [python, "scripts/check_worker.py"]],
  ["vermin", "nothing that is newer than Python 3.8", [join(dirname(python), "vermin"), ...vermin]],
];

const results = await Promise.all(checks.map(async ([name, , command]) => ({ name, ...(await runCommand(command)) })));

for (const { name, code, seconds, output } of results) {
  console.log(`${code === 0 ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1)} s`);
  const worthReading = code === 0 ? output.match(/^warning: .*$/gm)?.join("\n") : output.trimEnd();
  if (worthReading) console.log(worthReading.replace(/^/gm, "        "));
}
const failed = results.filter(({ code }) => code !== 0).map(({ name }) => name);
console.log(failed.length === 0 ? "all checks passed" : `checks failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function runCommand([program = "", ...args]: readonly string[]): Promise<{
  code: number;
  seconds: number;
  output: string;
}> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({
        code: code ?? 1,
        seconds: (performance.now() - startedAt) / 1000,
        output: Buffer.concat(chunks).toString(),
      });
    });
  });
}
