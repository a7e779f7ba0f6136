/** A job goes on with what its deployment was when it was invoked, whatever becomes of endpoint, deployment, model and script meanwhile. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { findTestPython } from "../support/python.ts";
import { makeTempFolder, writeTree } from "../support/temp-folder.ts";

/** Writes its own word and the model's; waits for the gate, so that the job is still running when things change. */
function scriptOf(word: string, gate: string): string {
  return [
    "import os, time",
    "def init():",
    "    global weights",
    "    weights = open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model', 'weights.txt')).read()",
    "def run(mini_batch):",
    `    while not os.path.exists(${JSON.stringify(gate)}):`,
    "        time.sleep(0.02)",
    `    return ['${word} ' + weights for path in mini_batch]`,
    "",
  ].join("\n");
}

function deploymentOf(name: string, folder: string): string {
  return [
    `name: ${name}`,
    "endpoint_name: words",
    `model: {name: ${name}-model, path: ${folder}/model}`,
    `code_configuration: {code: ${folder}/code, scoring_script: score.py}`,
    "mini_batch_size: 1",
    "",
  ].join("\n");
}

test("the default is switched and the deployment replaced while a job runs: that job ends with the old one, the next takes the new one", async () => {
  const folder = makeTempFolder();
  const gate = join(folder, "gate");
  const env = { BATCHWISE_PYTHON: await findTestPython() };
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(args, { cwd: folder, env });
    expect(code, stderr).toBe(0);
    return stdout.trim();
  };
  // Whatever goes wrong, no job is left waiting.
  onTestFinished(() => writeFileSync(gate, ""));
  writeTree(folder, {
    "old/code/score.py": scriptOf("old", gate),
    "old/model/weights.txt": "1",
    "new/code/score.py": scriptOf("new", gate),
    "new/model/weights.txt": "2",
    "in/a.txt": "a",
    "in/b.txt": "b",
    "blue.yml": deploymentOf("blue", "old"),
    "green.yml": deploymentOf("green", "new"),
  });
  await run("compute", "create", "--name", "local", "--type", "local", "--max-jobs", "2", "-o", "none");
  await run("batch-endpoint", "create", "--name", "words", "-o", "none");
  await run("batch-deployment", "create", "--file", "blue.yml", "--set-default", "-o", "none");
  await run("batch-deployment", "create", "--file", "green.yml", "-o", "none");
  const invoke = () =>
    run("batch-endpoint", "invoke", "--name", "words", "--input", "in", "--query", "name", "-o", "tsv");
  const first = await invoke();
  for (;;) {
    const status = await run("job", "show", "--name", first, "--query", "status", "-o", "tsv");
    if (status === "Running") break;
    expect(["Queued", "Preparing", "NotStarted", "Starting"]).toContain(status);
    await delay(20);
  }

  await run("batch-endpoint", "update", "--name", "words", "--set", "defaults.deployment_name=green", "-o", "none");
  writeTree(folder, { "old/code/score.py": scriptOf("changed", gate), "old/model/weights.txt": "3" });
  await run("batch-deployment", "create", "--file", "blue.yml", "-o", "none");
  const second = await invoke();
  writeFileSync(gate, "");
  await run("job", "stream", "--name", first);
  await run("job", "stream", "--name", second);

  const rows = async (job: string) => {
    await run("job", "download", "--name", job, "--download-path", job);
    return readFileSync(join(folder, job, "named-outputs/score/predictions.csv"), "utf8");
  };
  expect(await rows(first)).toBe("old 1\nold 1\n");
  expect(await rows(second)).toBe("new 2\nnew 2\n");
  expect(await rows(await invokeOn("blue"))).toBe("changed 3\nchanged 3\n");

  const sources = await Promise.all(
    [first, second].map(async (job) => JSON.parse(await run("job", "show", "--name", job)).source),
  );
  expect(sources[0]).toMatchObject({ deployment: "blue", model: { name: "blue-model", version: "1" } });
  expect(sources[1]).toMatchObject({ deployment: "green", model: { name: "green-model", version: "1" } });
  for (const source of sources) expect(source.code.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(sources[0].code.hash).not.toBe(sources[1].code.hash);
  expect(
    await run("model", "show", "--name", "blue-model", "--label", "latest", "--query", "version", "-o", "tsv"),
  ).toBe("2");

  async function invokeOn(deployment: string): Promise<string> {
    const job = await run(
      "batch-endpoint",
      "invoke",
      "-n",
      "words",
      "-d",
      deployment,
      "--input",
      "in",
      "--query",
      "name",
      "-o",
      "tsv",
    );
    await run("job", "stream", "--name", job);
    return job;
  }
});

test("what the deployment came from may be gone when the job runs", async () => {
  const folder = makeTempFolder();
  const env = { BATCHWISE_PYTHON: await findTestPython() };
  const run = (...args: string[]) => runCommand(args, { cwd: folder, env });
  writeTree(folder, {
    "old/code/score.py": scriptOf("old", join(folder, "in")),
    "old/model/weights.txt": "1",
    "in/a.txt": "a",
    "blue.yml": deploymentOf("blue", "old"),
  });
  await run("batch-endpoint", "create", "--name", "words");
  await run("batch-deployment", "create", "--file", "blue.yml", "--set-default");
  rmSync(join(folder, "old"), { recursive: true });
  const { stdout } = await run(
    "batch-endpoint",
    "invoke",
    "-n",
    "words",
    "--input",
    "in",
    "--query",
    "name",
    "-o",
    "tsv",
  );
  const job = stdout.trim();
  expect(await run("job", "stream", "--name", job)).toMatchObject({ code: 0 });
  const results = join(folder, "home/jobs", job, "named-outputs/score/predictions.csv");
  expect(existsSync(results) && readFileSync(results, "utf8")).toBe("old 1\n");
});
