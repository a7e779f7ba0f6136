/**
 * `npm test`: the TypeScript tests (vitest) and, beside them, the worker's tests (unittest) under the default, the oldest and the newest Python of
 * this machine; then a look for processes and temporary folders that a test left behind. Ends with one line, `N passed, N failed`.
 *
 *     npm test                      everything
 *     npm test -- src/output        the TypeScript tests whose path contains the words, nothing else
 *
 * Every test gets a temporary folder (TMPDIR) of this run alone, and BATCHWISE_TEST_RUN in its environment: so what is left behind can be
 * told from what other programs on the machine have.
 */
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureEnvironment, findDefaultPython, findPythons } from "./python-env.ts";
import { endLeftProcesses, findLeftFolders } from "./test/left-behind.ts";
import { runPythonTests } from "./test/python-tests.ts";
import { addCounts, type SuiteResult } from "./test/suite-result.ts";
import { runVitest } from "./test/vitest-tests.ts";

const root = dirname(import.meta.dirname);
const filters = process.argv.slice(2);
const runId = randomUUID();
const temporary = mkdtempSync(join(tmpdir(), "bw-test-"));
// Tests of what may not be read step down to another user, who must get as far as their own folders.
chmodSync(temporary, 0o711);
const env = buildEnvironment();

// Stopped from outside, by Ctrl-C or a time limit: nothing that was started may stay, however deep. The same signal often comes twice, from
// the terminal and from the parent.
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await endLeftProcesses(runId, temporary, 0);
    rmSync(temporary, { recursive: true, force: true });
    process.exit(128 + constants.signals[signal]);
  });
}

try {
  const [vitest, ...python] = (
    await Promise.all([
      runVitest(root, filters, env, join(temporary, "vitest.json")),
      filters.length > 0 ? [] : runPythonLane(),
    ])
  ).flat();
  const results = [vitest, ...python, await lookForLeaks()].filter((result) => result !== undefined);
  report(results);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** The user's own settings of Batchwise and the Python environment that happens to be active are no part of a test. */
function buildEnvironment(): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith("BATCHWISE_") && name !== "VIRTUAL_ENV" && name !== "CONDA_PREFIX") result[name] = value;
  }
  const home = join(temporary, "home");
  mkdirSync(home);
  return {
    ...result,
    TMPDIR: temporary,
    BATCHWISE_HOME: home,
    BATCHWISE_TEST_RUN: runId,
    BATCHWISE_TEST_PYTHON: process.env.BATCHWISE_TEST_PYTHON ?? ensureEnvironment("test"),
  };
}

/** One Python after the other, beside vitest: two cores have no use for more. */
async function runPythonLane(): Promise<SuiteResult[]> {
  const standard = findDefaultPython();
  const all = findPythons();
  const others = [all[0], all.at(-1)].filter((python) => python !== undefined && python.minor !== standard.minor);
  if (others.length === 0)
    console.log(`python: only 3.${standard.minor} is here; the worker's tests run under no other`);
  const results: SuiteResult[] = [];
  for (const python of [standard, ...others]) {
    if (python !== undefined) results.push(await runPythonTests(root, python, env));
  }
  return results;
}

async function lookForLeaks(): Promise<SuiteResult> {
  const startedAt = performance.now();
  const leaks = [...(await endLeftProcesses(runId, temporary)), ...findLeftFolders(temporary)];
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    name: "left behind",
    passed: leaks.length === 0 ? 1 : 0,
    failed: leaks.length,
    skipped: 0,
    seconds,
    output: leaks.join("\n"),
  };
}

function report(results: readonly SuiteResult[]): void {
  for (const { name, failed, output } of results) {
    if (failed > 0 && output !== "") console.log(`\n--- ${name} ---\n${output.trimEnd()}`);
  }
  console.log("");
  for (const result of results) {
    console.log(`${result.name.padEnd(14)} ${addCounts([result])}   ${result.seconds.toFixed(1)} s`);
  }
  console.log(addCounts(results));
  const failed = results.some((result) => result.failed > 0);
  const ran = results.some((result) => result.name !== "left behind" && result.passed > 0);
  process.exitCode = failed || !ran ? 1 : 0;
}
