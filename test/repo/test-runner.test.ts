import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endLeftProcesses } from "../../scripts/test/left-behind.ts";
import { countTests } from "../../scripts/test/python-tests.ts";
import { addCounts } from "../../scripts/test/suite-result.ts";

test("unittest's closing lines are counted", () => {
  expect(countTests("...\nRan 12 tests in 0.5s\n\nOK\n", 0)).toEqual({ passed: 12, failed: 0, skipped: 0 });
  expect(countTests("Ran 1 test in 0.5s\n\nOK (skipped=1)\n", 0)).toEqual({ passed: 0, failed: 0, skipped: 1 });
  expect(countTests("Ran 9 tests in 1s\n\nFAILED (failures=1, errors=2, skipped=3)\n", 1)).toEqual({
    passed: 3,
    failed: 3,
    skipped: 3,
  });
});

test("a suite that ran nothing, or died half-way, counts as a failure", () => {
  expect(countTests("Ran 0 tests in 0.0s\n\nOK\n", 0).failed).toBe(1);
  expect(countTests("ImportError: no such folder\n", 1).failed).toBe(1);
  expect(countTests("....Segmentation fault\n", 139).failed).toBe(1);
});

test("the closing line names skipped tests only when there are any", () => {
  expect(addCounts([{ passed: 2, failed: 0, skipped: 0 }])).toBe("2 passed, 0 failed");
  expect(
    addCounts([
      { passed: 2, failed: 1, skipped: 0 },
      { passed: 3, failed: 0, skipped: 2 },
    ]),
  ).toBe("5 passed, 1 failed, 2 skipped");
});

test.skipIf(process.platform !== "linux").each([
  ["its mark", { mark: true, inFolder: false }],
  ["its working directory", { mark: false, inFolder: true }],
])("a process that outlived its test is found by %s, named and ended", async (_, { mark, inFolder }) => {
  const runId = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), "batchwise-left-"));
  const inner = mkdtempSync(join(folder, "scratch-"));
  const child = spawn("sleep", ["600"], {
    cwd: inFolder ? inner : folder,
    env: mark ? { ...process.env, BATCHWISE_TEST_RUN: runId } : process.env,
  });
  try {
    await once(child, "spawn");
    const ended = once(child, "exit");
    const left = await endLeftProcesses(runId, mark ? "/nowhere" : folder, 0);
    expect(left).toEqual([`process ${child.pid} is still there: sleep 600`]);
    expect((await ended)[1]).toBe("SIGKILL");
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});

test("other processes are left alone", async () => {
  expect(await endLeftProcesses(randomUUID(), "/nowhere", 0)).toEqual([]);
});
