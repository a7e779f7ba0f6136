/** A home folder with an endpoint, a deployment and a compute, for tests of jobs: real folders, real catalog, detached drivers. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { type Catalog, openCatalog } from "../../src/catalog/catalog.ts";
import type { AssetRecord, DeploymentRecord, DeploymentSettings } from "../../src/catalog/records.ts";
import { findDriverPid, hasDriver } from "../../src/jobs/driver-process.ts";
import { jobFolderOf } from "../../src/jobs/home.ts";
import { type JobState, readJobStatus, terminalStatuses } from "../../src/jobs/job-status.ts";
import { healJobs } from "../../src/jobs/queue.ts";
import { type Submission, type SubmitRequest, submitJob } from "../../src/jobs/submit-job.ts";
import { numberedFiles, writeFiles } from "./job.ts";
import { findTestPython } from "./python.ts";

/** One row for each file: its name. */
export const echoScript = `
import os
def init(): pass
def run(mini_batch): return [os.path.basename(path) for path in mini_batch]
`;

const noSettings: DeploymentSettings = {
  instanceCount: null,
  instanceType: null,
  maxConcurrencyPerInstance: null,
  miniBatchSize: null,
  errorThreshold: null,
  maxRetries: null,
  timeoutSeconds: null,
  outputAction: null,
  outputFileName: null,
  loggingLevel: null,
  environmentVariables: {},
  gpusPerWorker: null,
  memoryLimitBytes: null,
  autoResume: false,
  extra: {},
};

export interface HomeOptions {
  readonly script?: string;
  /** Number of files in the input folder. */
  readonly files?: number;
  readonly settings?: Partial<DeploymentSettings>;
  /** Slots of the compute `slots`, which the deployment names. */
  readonly maxJobs?: number;
}

export interface TestHome {
  readonly home: string;
  readonly catalog: Catalog;
  readonly input: string;
  readonly deployment: DeploymentRecord;
  submit(changes?: Partial<SubmitRequest>): Promise<Submission>;
  /** Adds a deployment with another script. */
  deploy(name: string, script: string, settings?: Partial<DeploymentSettings>): DeploymentRecord;
  /** Adds a deployment with the usual script and an environment that is to be built. */
  deployWithEnvironment(name: string, definition: AssetRecord["definition"]): DeploymentRecord;
  folder(name: string): string;
  state(name: string): JobState;
  /** Waits until the job stands still, healing as every command does. */
  waitUntilOver(name: string, timeoutMs?: number): Promise<JobState>;
}

/** Makes a home folder that is gone after the test, with all that still runs in it. */
export function makeHome(options: HomeOptions = {}): TestHome {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "batchwise-home-")));
  const catalog = openCatalog(home);
  onTestFinished(() => {
    for (const { name } of catalog.jobs.list({ archived: "include" })) {
      const pid = findDriverPid(jobFolderOf(home, name));
      if (pid !== null) process.kill(pid, "SIGKILL");
    }
    catalog.close();
    execFileSync("chmod", ["-R", "u+rwx", home]);
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  const input = join(home, "..", `${home.slice(home.lastIndexOf("/") + 1)}-input`);
  mkdirSync(input);
  onTestFinished(() => rmSync(input, { recursive: true, force: true }));
  writeFiles(input, numberedFiles(options.files ?? 20));
  const now = new Date().toISOString();
  const times = { createdAt: now, modifiedAt: now };
  catalog.computes.put({
    name: "slots",
    type: "local",
    description: null,
    tags: {},
    maxJobs: options.maxJobs ?? 2,
    maxInstances: null,
    properties: {},
    ...times,
  });
  catalog.endpoints.put({
    name: "test-endpoint",
    description: null,
    authMode: "aad_token",
    defaultDeployment: "blue",
    tags: {},
    properties: {},
    ...times,
  });
  catalog.assets.add(makeAsset("environment", "python", "1", null, { pythonPath: findTestPython() }));
  let codes = 0;
  const deploy: TestHome["deploy"] = (name, script, settings = {}) => {
    const version = String(++codes);
    const folder = join(home, "code", `code-${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "score.py"), script);
    catalog.assets.add(makeAsset("code", "code", version, folder, null));
    const record: DeploymentRecord = {
      endpoint: "test-endpoint",
      name,
      description: null,
      tags: {},
      properties: {},
      model: null,
      code: { name: "code", version, scoringScript: "score.py" },
      environment: { name: "python", version: "1" },
      compute: "slots",
      settings: { ...noSettings, ...options.settings, ...settings },
      ...times,
    };
    catalog.deployments.put(record);
    return record;
  };
  const deployWithEnvironment: TestHome["deployWithEnvironment"] = (name, definition) => {
    catalog.assets.add(makeAsset("environment", name, "1", null, definition));
    const record = { ...deploy(name, echoScript), environment: { name, version: "1" } };
    catalog.deployments.put(record);
    return record;
  };
  const deployment = deploy("blue", options.script ?? echoScript);
  const state = (name: string) => readJobStatus(home, name, catalog.jobs.get(name));
  return {
    home,
    catalog,
    input,
    deployment,
    deploy,
    deployWithEnvironment,
    state,
    folder: (name) => jobFolderOf(home, name),
    submit: (changes = {}) =>
      submitJob(catalog, home, {
        deployment,
        inputs: [{ name: "input", type: null, value: input }],
        cwd: input,
        env: process.env,
        batchwiseVersion: "0.0.0-test",
        ...changes,
      }),
    async waitUntilOver(name, timeoutMs = 30_000) {
      const giveUpAt = Date.now() + timeoutMs;
      for (;;) {
        healJobs(catalog);
        const found = state(name);
        // The driver brings the catalog up to date last of all.
        if (terminalStatuses.has(found.status) && !hasDriver(jobFolderOf(home, name))) return found;
        if (Date.now() > giveUpAt) throw new Error(`job ${name} is still ${found.status}`);
        await delay(30);
      }
    },
  };
}

function makeAsset(
  kind: AssetRecord["kind"],
  name: string,
  version: string,
  path: string | null,
  definition: AssetRecord["definition"],
): AssetRecord {
  const now = new Date().toISOString();
  return {
    kind,
    name,
    version,
    type: null,
    path,
    source: path,
    byReference: false,
    hash: `${kind}-${version}-hash`,
    isAnonymous: true,
    archived: false,
    description: null,
    stage: null,
    tags: {},
    properties: {},
    definition,
    createdAt: now,
    modifiedAt: now,
  };
}
