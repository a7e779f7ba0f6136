import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRequest } from "../../src/jobs/request.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { makeHome, type TestHome } from "../support/home.ts";

test("a submitted job runs detached to its end", async () => {
  const home = makeHome({ files: 25 });
  const { record, isNew, notices } = await home.submit();
  expect({ isNew, notices, stage: record.stage }).toEqual({ isNew: true, notices: [], stage: "queued" });
  const state = await home.waitUntilOver(record.name);
  expect(state).toMatchObject({ status: "Completed", resumable: false, error: null });
  expect(state.counts).toMatchObject({ listed: 25, scored: 25, rows: 25 });
  const rows = readFileSync(join(state.published!.folder, "predictions.csv"), "utf8").trimEnd().split("\n");
  expect(rows).toEqual(Array.from({ length: 25 }, (_, index) => `f${String(index).padStart(5, "0")}.txt`));
  expect(home.catalog.jobs.get(record.name)).toMatchObject({ stage: "ended", status: "Completed" });
  const request = await readRequest(home.folder(record.name), record.name);
  expect(request.origin).toMatchObject({
    endpoint: "test-endpoint",
    deployment: "blue",
    code: { name: "code", version: "1", hash: "code-1-hash", script: "score.py" },
  });
  expect(readFileSync(jobPaths(home.folder(record.name)).executionLog, "utf8")).toContain("completed");
});

test("1,000 calls at once with one client key make one job", { timeout: 120_000 }, async () => {
  const home = makeHome();
  const processes = Array.from({ length: 20 }, () => startCaller(home.home, home.input, 50, "nightly-2026-11-23"));
  await Promise.all(processes.map((each) => each.ready));
  for (const each of processes) each.go();
  const answers = (await Promise.all(processes.map((each) => each.answers))).flat();
  expect(answers).toHaveLength(1000);
  expect(new Set(answers.map(({ name }) => name)).size).toBe(1);
  expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(home.catalog.jobs.list()).toHaveLength(1);
  expect(readdirSync(join(home.home, "jobs"))).toEqual([answers[0]!.name]);
  const state = await home.waitUntilOver(answers[0]!.name);
  expect(state).toMatchObject({ status: "Completed" });
  const again = await home.submit({ clientKey: "nightly-2026-11-23" });
  expect(again).toMatchObject({ isNew: false, record: { name: answers[0]!.name, status: "Completed" } });
});

test("another client key, and none, make other jobs", async () => {
  const home = makeHome({ files: 1 });
  const names = [];
  for (const clientKey of ["a", "b", null, null]) names.push((await home.submit({ clientKey })).record.name);
  expect(new Set(names).size).toBe(4);
});

test("a name that is taken is refused, and nothing is left behind", async () => {
  const home = makeHome({ files: 1 });
  await home.submit({ name: "mine" });
  await expect(home.submit({ name: "mine" })).rejects.toMatchObject({ code: "job_exists" });
  expect(readdirSync(join(home.home, "jobs"))).toEqual(["mine"]);
});

test("a folder that a killed call has left under the name is taken away", async () => {
  const home = makeHome({ files: 1 });
  const { record } = await home.submit({ name: "mine" });
  await home.waitUntilOver(record.name);
  // As if the call had died between naming the folder and the end of its transaction: no record, nothing ever started.
  home.catalog.jobs.remove("mine");
  const paths = jobPaths(home.folder("mine"));
  for (const path of [paths.ledger, paths.lock, paths.driver]) rmSync(path);
  const again = await home.submit({ name: "mine" });
  expect(again.isNew).toBe(true);
  expect(await home.waitUntilOver("mine")).toMatchObject({ status: "Completed" });
});

test("a wrong input, output or setting is refused before there is a job", async () => {
  const home = makeHome({ files: 1 });
  const cases = [
    [{ inputs: [{ name: "input", type: null, value: "nowhere" }] }, "input_not_found"],
    [{ inputs: [{ name: "input", type: "uri_file", value: home.input }] }, "input_not_found"],
    [{ inputs: [{ name: "input", type: null, value: "wasbs://container/in" }] }, "input_unsupported"],
    [{ inputs: [{ name: "input", type: null, value: "azureml:missing:1" }] }, "resource_not_found"],
    [{ outputPath: join(home.input, "out") }, "output_inside_input"],
    [{ overrides: { miniBatchSize: 0 } }, "invalid_value"],
    [{ name: "../escape" }, "invalid_value"],
  ] as const;
  for (const [changes, code] of cases) await expect(home.submit(changes)).rejects.toMatchObject({ code });
  expect(home.catalog.jobs.list()).toEqual([]);
  expect(existsSync(join(home.home, "jobs")) ? readdirSync(join(home.home, "jobs")) : []).toEqual([]);
});

test("what a call overrides holds for its job alone", async () => {
  const home = makeHome({ files: 6, settings: { miniBatchSize: 2, maxRetries: 1, outputFileName: "rows.txt" } });
  const { record } = await home.submit({
    overrides: { miniBatchSize: 3, timeoutSeconds: 90, errorThreshold: 5, outputFileName: "other.txt" },
  });
  const { settings } = await readRequest(home.folder(record.name), record.name);
  expect(settings).toMatchObject({
    miniBatchSize: 3,
    timeoutMs: 90_000,
    errorThreshold: 5,
    maxRetries: 1,
    outputFileName: "other.txt",
    workers: 1,
  });
  const state = await home.waitUntilOver(record.name);
  expect(state.counts?.miniBatches).toBe(2);
  expect(home.catalog.deployments.get("test-endpoint", "blue")?.settings.miniBatchSize).toBe(2);
});

test("instances become workers of this machine, and the call says so", async () => {
  const home = makeHome({ files: 1 });
  const { record, notices } = await home.submit({ overrides: { instanceCount: 500, maxConcurrencyPerInstance: 1 } });
  const { settings, origin } = await readRequest(home.folder(record.name), record.name);
  expect(settings.workers).toBe(availableParallelism());
  expect(origin).toMatchObject({ instanceCount: 500, maxConcurrencyPerInstance: 1 });
  expect(notices.join("\n")).toContain("500 instances");
  const other = await home.submit({ overrides: { maxConcurrencyPerInstance: 7 } });
  expect((await readRequest(home.folder(other.record.name), other.record.name)).settings.workers).toBe(7);
});

test("the default is switched while a job runs: that job keeps its deployment, the next takes the new one", async () => {
  const home = makeHome({ files: 2 });
  const gate = join(home.home, "gate");
  const blue = home.deploy(
    "blue",
    `
import os, time
def init(): pass
def run(mini_batch):
    while not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.01)
    return ["blue"] * len(mini_batch)
`,
  );
  const green = home.deploy("green", `def init(): pass\ndef run(mini_batch): return ["green"] * len(mini_batch)`);
  const endpoint = home.catalog.endpoints.get("test-endpoint")!;
  const first = await home.submit({ deployment: blue });
  await expect.poll(() => home.state(first.record.name).status, { timeout: 20_000 }).toBe("Running");
  home.catalog.endpoints.put({ ...endpoint, defaultDeployment: "green" });
  // Even a deployment that is made anew under the same name does not reach the job that runs.
  home.deploy("blue", "raise RuntimeError('new code')");
  const second = await home.submit({ deployment: green });
  expect((await home.waitUntilOver(second.record.name)).status).toBe("Completed");
  writeFileSync(gate, "");
  expect((await home.waitUntilOver(first.record.name)).status).toBe("Completed");
  expect(readRows(home, first.record.name)).toEqual(["blue", "blue"]);
  expect(readRows(home, second.record.name)).toEqual(["green", "green"]);
  const origins = await Promise.all(
    [first, second].map(async ({ record }) => (await readRequest(home.folder(record.name), record.name)).origin),
  );
  expect(origins.map((origin) => [origin?.deployment, origin?.code?.hash])).toEqual([
    ["blue", "code-2-hash"],
    ["green", "code-3-hash"],
  ]);
});

test("workers see their share of the GPUs", async () => {
  const home = makeHome({ files: 4, settings: { miniBatchSize: 1 } });
  const deployment = home.deploy(
    "gpu",
    `
import os, time
def init(): pass
def run(mini_batch):
    time.sleep(0.3)
    return [os.environ["BATCHWISE_WORKER"] + ":" + os.environ["CUDA_VISIBLE_DEVICES"]]
`,
    { gpusPerWorker: 1 },
  );
  const { record } = await home.submit({
    deployment,
    overrides: { maxConcurrencyPerInstance: 2 },
    env: { ...process.env, CUDA_VISIBLE_DEVICES: "3,5" },
  });
  expect((await home.waitUntilOver(record.name)).status).toBe("Completed");
  expect([...new Set(readRows(home, record.name))].sort()).toEqual(["0:3", "1:5"]);
});

function readRows(home: TestHome, name: string): string[] {
  const { folder } = home.state(name).published!;
  return readFileSync(join(folder, "predictions.csv"), "utf8").trimEnd().split("\n");
}

interface Caller {
  readonly ready: Promise<void>;
  go(): void;
  readonly answers: Promise<{ name: string; isNew: boolean }[]>;
}

const callerProgram = fileURLToPath(new URL("../support/submit-many.ts", import.meta.url));

function startCaller(home: string, input: string, calls: number, clientKey: string): Caller {
  const child = spawn(process.execPath, [callerProgram, home, input, String(calls), clientKey], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<{ name: string; isNew: boolean }[]>();
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.startsWith("ready\n")) ready.resolve();
  });
  child.on("close", (code) => {
    if (code === 0) answers.resolve(JSON.parse(output.slice("ready\n".length)));
    else answers.reject(new Error(`a caller ended with ${code}: ${output}`));
  });
  return { ready: ready.promise, go: () => child.stdin.write("go\n"), answers: answers.promise };
}
