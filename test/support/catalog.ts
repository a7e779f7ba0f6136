import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Catalog, openCatalog } from "../../src/catalog/catalog.ts";
import type { NewJob } from "../../src/catalog/job-table.ts";
import type { AssetRecord, EndpointRecord } from "../../src/catalog/records.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** A catalog in a home folder of its own, closed and removed after the test. */
export function makeCatalog(): Catalog {
  const catalog = openCatalog(join(makeTempFolder(), "home"));
  onTestFinished(() => catalog.close());
  return catalog;
}

const now = "2026-11-23T12:00:00.000Z";

export function endpointOf(name: string, changes: Partial<EndpointRecord> = {}): EndpointRecord {
  return {
    name,
    description: null,
    authMode: "aad_token",
    defaultDeployment: null,
    tags: {},
    properties: {},
    createdAt: now,
    modifiedAt: now,
    ...changes,
  };
}

export function assetOf(changes: Partial<AssetRecord> = {}): AssetRecord {
  return {
    kind: "model",
    name: "m",
    version: "1",
    type: "custom_model",
    path: "/models/m",
    source: "m",
    byReference: false,
    hash: "0".repeat(64),
    isAnonymous: false,
    archived: false,
    description: null,
    stage: null,
    tags: {},
    properties: {},
    definition: null,
    createdAt: now,
    modifiedAt: now,
    ...changes,
  };
}

export function jobOf(name: string, changes: Partial<NewJob> = {}): NewJob {
  return {
    name,
    endpoint: null,
    deployment: null,
    compute: "local",
    displayName: null,
    experiment: null,
    description: null,
    tags: {},
    properties: {},
    stage: "queued",
    status: "Queued",
    archived: false,
    clientKey: null,
    autoResume: false,
    resumes: 0,
    ...changes,
  };
}

/** Another process that runs a module, given as text, with `catalogUrl` and `args` at hand. */
export function startScript(body: string, args: readonly string[]): ChildProcess {
  const source = new URL("../../src/", import.meta.url).href;
  const script = `const source = ${JSON.stringify(source)}; const args = process.argv.slice(1);\n${body}`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Its output, once it has ended; throws when it did not end in order. */
export async function readScript(child: ChildProcess): Promise<string> {
  let output = "";
  let errors = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`the script ended with ${code ?? signal}: ${errors}`);
  return output;
}
