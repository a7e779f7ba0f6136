import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SuiteResult } from "./suite-result.ts";

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** Runs vitest, which prints for itself, and counts. A file that cannot be loaded counts as one failure, and so does an error outside any test. */
export async function runVitest(
  root: string,
  filters: readonly string[],
  env: NodeJS.ProcessEnv,
  reportFile: string,
): Promise<SuiteResult> {
  const startedAt = performance.now();
  const program = join(root, "node_modules", ".bin", "vitest");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`, ...filters];
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const counts = existsSync(reportFile) ? countTests(JSON.parse(readFileSync(reportFile, "utf8"))) : undefined;
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  return { name: "vitest", passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, seconds, output: "" };
}

function countTests(report: VitestReport): Pick<SuiteResult, "passed" | "failed" | "skipped"> {
  const broken = report.testResults.filter(({ status, assertionResults }) => {
    return status === "failed" && assertionResults.length === 0;
  });
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests,
  };
}
