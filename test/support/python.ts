import { execFileSync } from "node:child_process";

let found: string | null = null;

/** The real path of the Python that tests use: BATCHWISE_TEST_PYTHON (it has pandas and numpy), else `python3` behind any shim. */
export function findTestPython(): string {
  found ??= execFileSync(process.env.BATCHWISE_TEST_PYTHON ?? "python3", ["-c", "import sys; print(sys.executable)"], {
    encoding: "utf8",
  }).trim();
  return found;
}
