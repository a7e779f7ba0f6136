/** Workers that break the protocol: the driver replaces them, and nothing wrong reaches the output. Rows 28, 29 and 85 of the catalogue, and late results of 7 and 80. */

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder, makeJob, numberedFiles, readOutput, runToEnd } from "../support/job.ts";
import { findTestPython } from "../support/python.ts";

const script = "import os\ndef init(): pass\ndef run(b): return [os.path.basename(p) for p in b]\n";
const template = readFileSync(join(import.meta.dirname, "fake_worker.py"), "utf8");

/** Makes the fake worker; its first starts are faulty. */
function makeFakeWorker(fault: string, starts: number): string {
  const folder = makeFolder();
  const path = join(folder, "fake-python");
  const python = findTestPython();
  writeFileSync(path, `#!${python}\n${template}`);
  chmodSync(path, 0o755);
  writeFileSync(join(folder, "fake.json"), JSON.stringify({ fault, starts, python }));
  return path;
}

describe("a worker that sends", () => {
  test.each([
    "garbage instead of hello",
    "half a hello, then the end",
    "half a result, then nothing",
    "half a result, then the end",
    "no answer",
    "a length of 2^31",
    "garbage",
    "a wrong frame CRC",
    "an unknown message",
    "a result that is no list",
    "the same result twice",
    "a second, other result",
    "a result of another attempt",
    "a result of a mini-batch that it was not given",
    "a result after a failure",
  ])("%s does no harm: every item is scored once, by it or by its successor", async (fault) => {
    const files = numberedFiles(40);
    const made = makeJob(script, files, { workers: 1, miniBatchSize: 4, timeoutMs: 700, maxRetries: 3 });
    const rssBefore = process.memoryUsage().rss;
    const outcome = await runToEnd({ ...made.job, python: makeFakeWorker(fault, 1) });
    expect(outcome).toMatchObject({ status: "Completed", listed: 40, scored: 40, failed: 0, error: null });
    expect(readOutput(made.job)).toBe(`${Object.keys(files).join("\n")}\n`);
    // No length that a worker announces is believed: nothing near 2 GiB is taken.
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(500 << 20);
  });

  test("another protocol version, always, ends the job with a message instead of trying for ever", async () => {
    const made = makeJob(script, numberedFiles(4), { workers: 1 });
    const outcome = await runToEnd({ ...made.job, python: makeFakeWorker("another protocol version", 1000) });
    expect(outcome).toMatchObject({ status: "Failed", error: { code: "workers_cannot_start" } });
  });
});

test("a script that closes all file descriptors costs its worker, and the mini-batch runs again", async () => {
  const flag = join(makeFolder(), "flag");
  const closing = `
import os
def init(): pass
def run(b):
    if not os.path.exists(${JSON.stringify(flag)}):
        open(${JSON.stringify(flag)}, "w").close()
        os.closerange(3, 4096)
    return [os.path.basename(p) for p in b]
`;
  const files = numberedFiles(20);
  const made = makeJob(closing, files, { workers: 1, miniBatchSize: 4 });
  expect(await runToEnd(made.job)).toMatchObject({ status: "Completed", scored: 20, failed: 0 });
  expect(readOutput(made.job)).toBe(`${Object.keys(files).join("\n")}\n`);
});
