// @ts-check
// npm run TASK, also as the first command after `git clone` and with any Node that npm starts: makes sure that the npm packages are those of
// package-lock.json, then hands the task to the package's own Node 24. This file and install-packages.mjs must run on Node 20, so they are plain JavaScript.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePackages, findNode } from "./install-packages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Record<string, string>} */
const tasks = {
  build: "scripts/build.ts",
  check: "scripts/check.ts",
  format: "scripts/format.ts",
  test: "scripts/test.ts",
  demo: "scripts/demo.mjs",
  bench: "bench/main.ts",
  chaos: "test/chaos/main.ts",
  docs: "scripts/build-docs.ts",
  reliability: "scripts/reliability.ts",
  "try-package": "scripts/try-package.ts",
};

const [task = "", ...args] = process.argv.slice(2);

const file = tasks[task] ?? stop(`no such task: "${task}"; there are ${Object.keys(tasks).join(", ")}`);
const program = join(root, file);
if (!existsSync(program)) stop(`the program of the task "${task}" is missing: ${file}`);

try {
  await ensurePackages(root);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}
const node = findNode(root);
if (node === undefined) {
  stop(
    "Batchwise needs Node 24 or later, and its npm package `node` brought no program (were install scripts blocked?); " +
      "run `npm rebuild node`, or install Node 24 and try again",
  );
}

const child = spawn(node, [program, ...args], {
  stdio: "inherit",
  env: { ...process.env, PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) },
});
// Ctrl-C reaches the child through the terminal's process group; this process only waits for it to end in its own way.
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => stop(error.message));
child.on("exit", (code, signal) => {
  process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
});

/** @param {string} message @returns {never} */
function stop(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}
