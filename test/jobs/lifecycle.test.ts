/** What can be done with a job on its way and afterwards: real drivers, real workers. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tokenVariable } from "../../src/compute/local.ts";
import { findProcessesWithVariable } from "../../src/compute/process-tree.ts";
import { archiveJob } from "../../src/jobs/archive-job.ts";
import { cancelJob } from "../../src/jobs/cancel-job.ts";
import { downloadJob } from "../../src/jobs/download-job.ts";
import { findDriverPid, hasDriver } from "../../src/jobs/driver-process.ts";
import { groupJobErrors, iterateJobErrors } from "../../src/jobs/job-errors.ts";
import { findLogRanges, readLogRange } from "../../src/jobs/job-logs.ts";
import { readJobStatus } from "../../src/jobs/job-status.ts";
import { listJobs } from "../../src/jobs/list-jobs.ts";
import { healJobs } from "../../src/jobs/queue.ts";
import { readRequest } from "../../src/jobs/request.ts";
import { resumeJob } from "../../src/jobs/resume-job.ts";
import { streamJob } from "../../src/jobs/stream-job.ts";
import { runCommand } from "../support/command.ts";
import { makeHome, type TestHome } from "../support/home.ts";
import { makeFolder } from "../support/job.ts";

/** Waits in each run() until the gate is there. */
function gatedScript(gate: string): string {
  return `
import os, time
def init(): pass
def run(mini_batch):
    print("scoring", os.path.basename(mini_batch[0]), flush=True)
    while not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.01)
    return [os.path.basename(path) for path in mini_batch]
`;
}

async function startGated(files = 4): Promise<{ home: TestHome; name: string; gate: string }> {
  const home = makeHome({ files, maxJobs: 1 });
  const gate = join(home.home, "gate");
  const deployment = home.deploy("gated", gatedScript(gate), { miniBatchSize: 1 });
  const { record } = await home.submit({ deployment });
  await expect.poll(() => workerLog(home, record.name), { timeout: 20_000 }).toContain("scoring");
  return { home, name: record.name, gate };
}

function workerLog(home: TestHome, name: string): string {
  const log = join(home.folder(name), "logs", "worker-0.log");
  return existsSync(log) ? readFileSync(log, "utf8") : "";
}

function expectNothingRuns(home: TestHome, name: string): void {
  expect(hasDriver(home.folder(name))).toBe(false);
  expect(findProcessesWithVariable(tokenVariable, home.folder(name))).toEqual([]);
}

async function stream(home: TestHome, name: string, signal?: AbortSignal) {
  let text = "";
  const state = await streamJob({
    home: home.home,
    name,
    webView: "http://localhost/jobs",
    readState: () => {
      healJobs(home.catalog);
      return home.state(name);
    },
    write: (part) => {
      text += part;
    },
    ...(signal === undefined ? {} : { signal }),
  });
  return { text, state };
}

test("cancelling drains: what runs is finished and kept, nothing runs any more, and the job can be resumed", async () => {
  const { home, name, gate } = await startGated();
  const cancelling = cancelJob(home.catalog, name, { drainMs: 20_000 });
  await expect
    .poll(() => readFileSync(join(home.folder(name), "logs/azureml/executionlogs.txt"), "utf8"))
    .toContain("stopping");
  // A job that is merely being cancelled shows a word that polling loops know.
  expect(home.state(name).status).toBe("Running");
  writeFileSync(gate, "");
  const state = await cancelling;
  expect(state).toMatchObject({ status: "Canceled", resumable: true });
  expect(state.counts!.scored).toBeGreaterThanOrEqual(1);
  expect(state.counts!.scored).toBeLessThan(4);
  expectNothingRuns(home, name);
  expect(home.catalog.jobs.get(name)).toMatchObject({ stage: "ended", status: "Canceled" });
  expect((await cancelJob(home.catalog, name)).status).toBe("Canceled");
  expect((await resumeJob(home.catalog, name)).status).not.toBe("Canceled");
  expect(await home.waitUntilOver(name)).toMatchObject({ status: "Completed", counts: { scored: 4, rows: 4 } });
});

test("cancelling kills what does not drain within the limit", async () => {
  const { home, name } = await startGated();
  const state = await cancelJob(home.catalog, name, { drainMs: 200 });
  expect(state).toMatchObject({ status: "Canceled", counts: { scored: 0 } });
  expectNothingRuns(home, name);
});

test("cancelling without waiting: the driver keeps the limit by itself", async () => {
  const { home, name } = await startGated();
  await cancelJob(home.catalog, name, { drainMs: 200, wait: false });
  await expect.poll(() => hasDriver(home.folder(name)), { timeout: 20_000 }).toBe(false);
  expect(home.state(name).status).toBe("Canceled");
  expectNothingRuns(home, name);
});

test("cancelling a driver that hangs kills it with all it started", async () => {
  const { home, name } = await startGated();
  process.kill(findDriverPid(home.folder(name))!, "SIGSTOP");
  const state = await cancelJob(home.catalog, name, { drainMs: 100 });
  expect(state.status).toBe("Canceled");
  expectNothingRuns(home, name);
}, 30_000);

test("cancelling a job in the queue: it never starts, and the next one takes its place", async () => {
  const { home, name, gate } = await startGated(1);
  const second = (await home.submit()).record.name;
  const third = (await home.submit()).record.name;
  expect([second, third].map((each) => home.state(each).status)).toEqual(["Queued", "Queued"]);
  expect((await cancelJob(home.catalog, second)).status).toBe("Canceled");
  writeFileSync(gate, "");
  expect((await home.waitUntilOver(third)).status).toBe("Completed");
  expect((await home.waitUntilOver(name)).status).toBe("Completed");
  expect(existsSync(join(home.folder(second), "ledger.sqlite"))).toBe(false);
  expect(listJobs(home.catalog).map(({ record, status }) => [record.name, status])).toEqual([
    [third, "Completed"],
    [second, "Canceled"],
    [name, "Completed"],
  ]);
});

test("a job that is over cannot be cancelled any more, which is no error", async () => {
  const home = makeHome({ files: 1 });
  const { record } = await home.submit();
  await home.waitUntilOver(record.name);
  expect((await cancelJob(home.catalog, record.name)).status).toBe("Completed");
});

test("a killed driver: NotResponding, resumable, nothing lost", async () => {
  const { home, name, gate } = await startGated();
  process.kill(findDriverPid(home.folder(name))!, "SIGKILL");
  const state = await home.waitUntilOver(name);
  expect(state).toMatchObject({
    status: "NotResponding",
    resumable: true,
    resumeCommand: `batchwise job resume --name ${name}`,
  });
  await expect.poll(() => findProcessesWithVariable(tokenVariable, home.folder(name))).toEqual([]);
  // Its slot is free meanwhile.
  const next = (await home.submit()).record.name;
  expect((await home.waitUntilOver(next)).status).toBe("Completed");
  writeFileSync(gate, "");
  await resumeJob(home.catalog, name);
  await expect(resumeJob(home.catalog, name)).rejects.toMatchObject({ code: "job_in_use" });
  expect((await home.waitUntilOver(name)).status).toBe("Completed");
  await expect(resumeJob(home.catalog, name)).rejects.toMatchObject({ code: "job_not_resumable" });
});

test("streaming follows to the end, in the form that users know, and can be stopped and begun anywhere", async () => {
  const { home, name, gate } = await startGated();
  const stop = new AbortController();
  const first = stream(home, name, stop.signal);
  await expect.poll(() => home.state(name).status).toBe("Running");
  stop.abort();
  expect((await first).state).toBeNull();
  const second = stream(home, name);
  writeFileSync(gate, "");
  const { text, state } = await second;
  expect(state?.status).toBe("Completed");
  const title = "Streaming logs/azureml/executionlogs.txt";
  expect(text).toMatch(new RegExp(`^RunId: ${name}\nWeb View: http://localhost/jobs\n\n${title}\n={40,}\n\n`));
  expect(text).toContain(`\nExecution Summary\n=================\nRunId: ${name}\n`);
  const lines = text.split("\n").filter((line) => line.startsWith("["));
  expect(lines.filter((line) => line.includes("preparing job"))).toHaveLength(1);
  expect(lines.at(-1)).toContain("output");
  // A finished job tells everything at once, and the same.
  expect((await stream(home, name)).text).toBe(text);
});

test("a job that fails while it is prepared says why", async () => {
  const home = makeHome({ files: 1 });
  const deployment = home.deploy("broken", "def init() pass\n");
  const { record } = await home.submit({ deployment });
  const { state, text } = await stream(home, record.name);
  expect(state).toMatchObject({ status: "Failed", resumable: true, error: { code: "script_invalid" } });
  expect(text).toContain("score.py:1");
  await home.waitUntilOver(record.name);
  expect(home.catalog.jobs.get(record.name)).toMatchObject({ stage: "ended", status: "Failed" });
});

const pickyScript = `
import os
def init(): print("hello from init", flush=True)
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    print("scoring", name, flush=True)
    if name == "f00001.txt": raise ValueError("no digit in it")
    if name == "f00003.txt": raise KeyError("colour")
    return [name]
`;

test("failed items and logs can be read by mini-batch, item and worker; a retry of the failed items", async () => {
  const home = makeHome({ files: 5, settings: { miniBatchSize: 1, maxRetries: 1 } });
  const deployment = home.deploy("picky", pickyScript);
  const { name } = (await home.submit({ deployment })).record;
  const state = await home.waitUntilOver(name);
  expect(state).toMatchObject({ status: "Completed", resumable: true, counts: { scored: 3, failed: 2 } });
  const errors = [...iterateJobErrors(home.home, name)];
  expect(errors.map(({ path, errorType }) => [path, errorType]).sort()).toEqual([
    [join(home.input, "f00001.txt"), "ValueError"],
    [join(home.input, "f00003.txt"), "KeyError"],
  ]);
  expect([...iterateJobErrors(home.home, name, { miniBatch: 1 })]).toHaveLength(1);
  expect([...iterateJobErrors(home.home, name, { limit: 1 })]).toHaveLength(1);
  expect(groupJobErrors(errors).map(({ errorType, items }) => [errorType, items])).toEqual([
    ["ValueError", 1],
    ["KeyError", 1],
  ]);
  const text = (selector: Parameters<typeof findLogRanges>[2]) =>
    findLogRanges(home.home, name, selector).map((range) => Buffer.concat([...readLogRange(range)]).toString());
  expect(text({ miniBatch: 0 })).toEqual(["scoring f00000.txt\n"]);
  // Two attempts, each with its own part of the log.
  expect(text({ item: join(home.input, "f00001.txt") }).map((part) => part.split("\n")[0])).toEqual([
    "scoring f00001.txt",
    "scoring f00001.txt",
  ]);
  expect(text({ worker: 0 })[0]).toContain("hello from init");
  expect(() => findLogRanges(home.home, name, { miniBatch: 99 })).toThrow(/no mini-batch 99/);
  expect(() => findLogRanges(home.home, name, { item: "/nowhere" })).toThrow(/no item \/nowhere/);
  expect(() => findLogRanges(home.home, name, { worker: 7 })).toThrow(/no log of a worker 7/);
  await expect(resumeJob(home.catalog, name)).rejects.toMatchObject({ code: "job_not_resumable" });
  await resumeJob(home.catalog, name, { retryFailed: true });
  expect(home.state(name).status).not.toBe("Completed");
  expect(await home.waitUntilOver(name)).toMatchObject({ status: "Completed", counts: { scored: 3, failed: 2 } });
});

test("downloading gives named-outputs/score, and with all the logs too", async () => {
  const { home, name, gate } = await startGated();
  const target = makeFolder();
  const options = (changes: object = {}) => ({
    home: home.home,
    name,
    state: home.state(name),
    target,
    outputName: null,
    all: false,
    ...changes,
  });
  expect(() => downloadJob(options())).toThrow(/This job is in state Running. Download is allowed only in states/);
  writeFileSync(gate, "");
  await home.waitUntilOver(name);
  const expected = readFileSync(join(home.state(name).published!.folder, "predictions.csv"), "utf8");
  expect(downloadJob(options())).toMatchObject({ files: 1, bytes: expected.length });
  expect(readdirSync(target)).toEqual(["named-outputs"]);
  const file = join(target, "named-outputs/score/predictions.csv");
  expect(readFileSync(file, "utf8")).toBe(expected);
  writeFileSync(file, "old");
  downloadJob(options({ outputName: "score", all: true }));
  expect(readFileSync(file, "utf8")).toBe(expected);
  expect(existsSync(join(target, "artifacts/logs/azureml/executionlogs.txt"))).toBe(true);
  expect(() => downloadJob(options({ outputName: "nothing" }))).toThrow(/no output "nothing"/);
});

test("from an output folder that holds other things, only the job's own files are downloaded", async () => {
  const home = makeHome({ files: 3 });
  const outputPath = makeFolder();
  writeFileSync(join(outputPath, "other.txt"), "somebody else's");
  const deployment = home.deploy(
    "writer",
    `
import os
def init(): pass
def run(mini_batch):
    for path in mini_batch:
        folder = os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], "parts")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, os.path.basename(path)), "w") as file: file.write("x")
    return mini_batch
`,
  );
  const { name } = (await home.submit({ deployment, outputPath })).record;
  expect((await home.waitUntilOver(name)).status).toBe("Completed");
  const target = makeFolder();
  downloadJob({ home: home.home, name, state: home.state(name), target, outputName: null, all: false });
  const files = execFileSync("find", [".", "-type", "f"], { cwd: target, encoding: "utf8" }).trim().split("\n").sort();
  expect(files).toEqual([
    "./named-outputs/score/parts/f00000.txt",
    "./named-outputs/score/parts/f00001.txt",
    "./named-outputs/score/parts/f00002.txt",
    "./named-outputs/score/predictions.csv",
  ]);
});

test("only jobs that have ended can be archived; archived ones are listed on demand", async () => {
  const { home, name, gate } = await startGated(1);
  expect(() => archiveJob(home.catalog, name, true)).toThrow(/only a job that has ended/);
  writeFileSync(gate, "");
  await home.waitUntilOver(name);
  archiveJob(home.catalog, name, true);
  expect(listJobs(home.catalog)).toEqual([]);
  expect(listJobs(home.catalog, { archived: "only" })).toHaveLength(1);
  archiveJob(home.catalog, name, false);
  expect(listJobs(home.catalog)).toHaveLength(1);
});

test("batchwise resume takes a job of the queue up in the foreground, and the catalog follows", async () => {
  const { home, name, gate } = await startGated();
  await cancelJob(home.catalog, name, { drainMs: 100 });
  const waiting = (await home.submit()).record.name;
  expect((await home.waitUntilOver(waiting)).status).toBe("Completed");
  const resumed = runCommand(["resume", name, "--workers", "2"], {
    cwd: home.home,
    env: { BATCHWISE_HOME: home.home },
  });
  await expect.poll(() => home.catalog.jobs.get(name)?.stage, { timeout: 20_000 }).toBe("started");
  await expect.poll(() => home.state(name).status, { timeout: 20_000 }).toBe("Running");
  healJobs(home.catalog);
  expect(home.catalog.jobs.get(name)).toMatchObject({ stage: "started", status: "Running" });
  // It takes the one slot of its compute.
  const next = (await home.submit()).record.name;
  expect(home.state(next).status).toBe("Queued");
  writeFileSync(gate, "");
  expect((await resumed).code).toBe(0);
  expect(home.catalog.jobs.get(name)).toMatchObject({ stage: "ended", status: "Completed" });
  // Its slot went to the next one at its end.
  expect(home.state(next).status).not.toBe("Queued");
  expect((await home.waitUntilOver(next)).status).toBe("Completed");
});

test("a driver that is ended from outside, not by cancelling, leaves a job to be resumed", async () => {
  const { home, name, gate } = await startGated();
  process.kill(findDriverPid(home.folder(name))!, "SIGTERM");
  writeFileSync(gate, "");
  expect(await home.waitUntilOver(name)).toMatchObject({ status: "NotResponding", resumable: true });
  await resumeJob(home.catalog, name, {
    flags: new Map([["timeoutMs", { raw: "77", place: { label: "--timeout", baseDir: home.home } }]]),
  });
  expect(await home.waitUntilOver(name)).toMatchObject({ status: "Completed", counts: { scored: 4 } });
  expect((await readRequest(home.folder(name), name)).settings.timeoutMs).toBe(77_000);
});

test("a folder that was removed and one that is damaged are told, and stop nobody else", async () => {
  const home = makeHome({ files: 1, maxJobs: 1 });
  const names: string[] = [];
  for (let index = 0; index < 4; index++) names.push((await home.submit()).record.name);
  const [, removed, damaged, last] = names as [string, string, string, string];
  rmSync(home.folder(removed), { recursive: true });
  writeFileSync(join(home.folder(damaged), "job.json"), "{");
  expect((await home.waitUntilOver(last)).status).toBe("Completed");
  expect(home.state(removed)).toMatchObject({ status: "Failed", error: { code: "job_folder_missing" } });
  expect(home.state(damaged)).toMatchObject({ status: "Failed", error: { code: "job_request_damaged" } });
  expect(listJobs(home.catalog).map(({ status }) => status)).toEqual(["Completed", "Failed", "Failed", "Completed"]);
  expect(() => readJobStatus(home.home, "nobody", null)).toThrow(/no job nobody/);
});

test("cancelling while an environment is built leaves no builder behind", async () => {
  // An index that never answers keeps the builder waiting.
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const asked = new Promise<void>((resolve) => server.once("request", () => resolve()));
  const home = makeHome({ files: 1 });
  const { port } = server.address() as AddressInfo;
  const requirements = `--index-url http://127.0.0.1:${port}/simple\nnothing-of-the-kind\n`;
  const deployment = home.deployWithEnvironment("building", { requirements });
  const { name } = (await home.submit({ deployment })).record;
  await asked;
  expect(home.state(name).status).toBe("Preparing");
  expect(findProcessesOf(home.home).length).toBeGreaterThan(1);
  expect((await cancelJob(home.catalog, name)).status).toBe("Canceled");
  await expect.poll(() => findProcessesOf(home.home)).toEqual([]);
}, 60_000);

/** Command lines that name the folder. */
function findProcessesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(folder));
}
