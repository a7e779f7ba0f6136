/** Inputs from the web: a real server that misbehaves as servers do. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cancelJob } from "../../src/jobs/cancel-job.ts";
import { downloadInputs } from "../../src/jobs/download-inputs.ts";
import { hasDriver } from "../../src/jobs/driver-process.ts";
import { resumeJob } from "../../src/jobs/resume-job.ts";
import { makeHome } from "../support/home.ts";
import { makeFolder } from "../support/job.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that gives its answers one after the other, the last one for ever. */
async function startServer(...answers: Answer[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    (answers.length > 1 ? answers.shift() : answers[0])?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const ok: Answer = (response) => response.end("content");
const refuse =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status).end();
const cutOff: Answer = (response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write("only this");
  setTimeout(() => response.destroy(), 20);
};

async function download(url: string, signal = new AbortController().signal) {
  const folder = makeFolder();
  const path = join(folder, "inputs", "input", "file.txt");
  const notices: string[] = [];
  const done = downloadInputs([{ url, path }], { signal, firstPauseMs: 5, onNotice: (text) => notices.push(text) });
  return { done, path, notices, folder };
}

test("a file is fetched whole, and not again when it is there", async () => {
  const { url, asked } = await startServer(ok);
  const { done, path } = await download(`${url}/a.txt`);
  await done;
  expect(readFileSync(path, "utf8")).toBe("content");
  await downloadInputs([{ url, path }], { signal: new AbortController().signal, onNotice: () => {} });
  expect(asked).toEqual(["/a.txt"]);
});

test("trouble that may pass is tried again: refusals, a connection cut off half-way", async () => {
  const { url, asked } = await startServer(refuse(503), refuse(429), cutOff, ok);
  const { done, path, notices } = await download(`${url}/a.txt?sig=secret`);
  await done;
  expect(readFileSync(path, "utf8")).toBe("content");
  expect(asked).toHaveLength(4);
  expect(notices).toHaveLength(3);
  expect(notices.join()).not.toContain("secret");
});

test("a refusal that will be repeated is told at once, without the signature", async () => {
  const { url, asked } = await startServer(refuse(403));
  const { done, folder } = await download(`${url}/a.txt?sig=secret`);
  await expect(done).rejects.toMatchObject({ code: "download_failed", message: expect.not.stringContaining("secret") });
  expect(asked).toHaveLength(1);
  expect(readdirSync(join(folder, "inputs", "input"))).toEqual([]);
});

test("trouble that does not pass ends after a few tries, and leaves no half file", async () => {
  const { url, asked } = await startServer(cutOff);
  const { done, folder } = await download(`${url}/a.txt`);
  await expect(done).rejects.toMatchObject({ code: "download_failed" });
  expect(asked).toHaveLength(6);
  expect(readdirSync(join(folder, "inputs", "input"))).toEqual([]);
});

test("a job scores what lies at https and file URLs, and several inputs together", async () => {
  const { url } = await startServer(ok);
  const home = makeHome({ files: 2 });
  const { record } = await home.submit({
    inputs: [
      { name: "web", type: null, value: `${url}/folder/from%20the%20web.txt?sig=1` },
      { name: "local", type: null, value: `file://${home.input}` },
    ],
  });
  const state = await home.waitUntilOver(record.name);
  expect(state).toMatchObject({ status: "Completed", error: null });
  const rows = readFileSync(join(state.published!.folder, "predictions.csv"), "utf8").trimEnd().split("\n");
  expect(rows).toEqual(["from the web.txt", "f00000.txt", "f00001.txt"]);
});

test("a job whose download fails says so, and fetches it when it is resumed", async () => {
  const { url } = await startServer(refuse(404), ok);
  const home = makeHome();
  const { record } = await home.submit({ inputs: [{ name: "web", type: null, value: `${url}/a.txt` }] });
  expect(await home.waitUntilOver(record.name)).toMatchObject({
    status: "Failed",
    error: { code: "download_failed", message: expect.stringContaining("404") },
  });
  await resumeJob(home.catalog, record.name);
  expect(await home.waitUntilOver(record.name)).toMatchObject({ status: "Completed", counts: { scored: 1 } });
});

test("a job is cancelled while it downloads", async () => {
  const { url, asked } = await startServer((response) =>
    response.writeHead(200, { "content-length": "10" }).write("x"),
  );
  const home = makeHome();
  const { record } = await home.submit({ inputs: [{ name: "web", type: null, value: `${url}/a.txt` }] });
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(1);
  expect(home.state(record.name).status).toBe("Preparing");
  expect((await cancelJob(home.catalog, record.name)).status).toBe("Canceled");
  expect(hasDriver(home.folder(record.name))).toBe(false);
  expect(existsSync(join(home.folder(record.name), "inputs", "web", "a.txt"))).toBe(false);
});
