import { spawn } from "node:child_process";
import type { Python } from "../python-env.ts";
import type { SuiteResult } from "./suite-result.ts";

/** A test that hangs must not hang the run: unittest knows no deadline. */
const timeoutMs = 10 * 60_000;

/** Runs the worker's unittest suite under one Python. */
export async function runPythonTests(root: string, python: Python, env: NodeJS.ProcessEnv): Promise<SuiteResult> {
  const startedAt = performance.now();
  const args = ["-m", "unittest", "discover", "-s", "python/tests", "-t", "python"];
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve, reject) => {
    const child = spawn(python.executable, args, {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (status) => resolve({ code: status ?? 1, output: Buffer.concat(chunks).toString() }));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  return { name: `python ${python.major}.${python.minor}`, ...countTests(output, code), seconds, output };
}

/**
 * Reads unittest's closing lines: `Ran 12 tests in 0.5s`, then `OK (skipped=1)` or `FAILED (failures=1, errors=2)`.
 * A suite that did not get as far, or ran nothing, counts as one failure.
 */
export function countTests(output: string, code: number): Pick<SuiteResult, "passed" | "failed" | "skipped"> {
  const ran = Number(/^Ran (\d+) tests? in /m.exec(output)?.[1] ?? 0);
  const closing = output.trimEnd().split("\n").at(-1) ?? "";
  const read = (name: string) => Number(new RegExp(`(?:\\(|, )${name}=(\\d+)`).exec(closing)?.[1] ?? 0);
  const skipped = read("skipped");
  const failed = read("failures") + read("errors") + read("unexpected successes");
  const wentWrong = (code !== 0 || ran === 0) && failed === 0;
  return { passed: Math.max(0, ran - failed - skipped), failed: wentWrong ? 1 : failed, skipped };
}
