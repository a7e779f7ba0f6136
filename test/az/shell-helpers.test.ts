/** The shim, completion and `watch` as people have them in a shell. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { makeAzPlace, writeDeployment } from "./az-place.ts";

describe("shim", () => {
  test("a foreign az is not replaced, unless --force says so", async () => {
    const cwd = makeTempFolder();
    mkdirSync(join(cwd, "bin"));
    writeFileSync(join(cwd, "bin/az"), "#!/bin/sh\necho real\n");
    const refused = await runCommand(["shim", "--install", "bin"], { cwd });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("is not Batchwise's");
    expect(await runCommand(["shim", "--install", "bin", "--force"], { cwd })).toMatchObject({ code: 0 });
    expect(await runCommand(["shim", "--install", "bin"], { cwd })).toMatchObject({ code: 0 });
  });

  test("it works through a folder with odd characters in its name, and hands on every argument as it is", async () => {
    const folder = join(makeTempFolder(), 'it\'s a "folder"');
    mkdirSync(folder);
    const az = await makeAzPlace(folder);
    const { stdout, code } = await az.run(
      "az ml batch-endpoint create -n odd --set description='a  b $HOME \"c\"' --query description -o tsv",
    );
    expect({ stdout, code }).toEqual({ stdout: 'a  b $HOME "c"\n', code: 0 });
  });
});

describe("completion", () => {
  async function complete(cwd: string, ...words: string[]): Promise<string[]> {
    const { stdout } = await runCommand(["__complete", ...words], { cwd });
    return stdout.split("\n").filter((line) => line !== "");
  }

  test("offers commands, verbs, options, choices, and asks the shell for paths", async () => {
    const cwd = makeTempFolder();
    expect(await complete(cwd, "batch-")).toEqual(["batch-deployment", "batch-endpoint"]);
    expect(await complete(cwd, "job", "st")).toEqual(["stream"]);
    expect(await complete(cwd, "batch-endpoint", "invoke", "--inp")).toEqual(["--input", "--input-type", "--inputs"]);
    expect(await complete(cwd, "job", "show", "-n", "x", "-o", "y")).toEqual(["yaml", "yamlc"]);
    expect(await complete(cwd, "batch-deployment", "create", "--file", "")).toEqual([":file"]);
    expect(await complete(cwd, "job", "download", "-p", "")).toEqual([":folder"]);
    expect(await complete(cwd, "score", "--mini")).toEqual(["--mini-batch-size"]);
    expect(await complete(cwd, "nonsense", "")).toEqual([]);
  });

  test("offers the names of what is there", async () => {
    const cwd = makeTempFolder();
    const az = await makeAzPlace(cwd);
    writeDeployment(cwd, "names");
    await az.run(
      "az ml batch-endpoint create -n names\naz ml batch-endpoint create -n other\naz ml batch-deployment create -f deployment.yml",
    );
    expect(await complete(cwd, "batch-endpoint", "show", "-n", "")).toEqual(["names", "other"]);
    expect(await complete(cwd, "batch-deployment", "show", "-e", "names", "-n", "")).toEqual(["names-dpl"]);
    expect(await complete(cwd, "batch-deployment", "show", "-e", "other", "-n", "")).toEqual([]);
  });

  test("the scripts of the shells are valid, and bash completes with them", async () => {
    const cwd = makeTempFolder();
    const az = await makeAzPlace(cwd);
    const script = [
      "source <(batchwise completion bash)",
      "COMP_WORDS=(batchwise job can) COMP_CWORD=2",
      "_batchwise 2>/dev/null || true",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
      'echo "${COMPREPLY[*]}"',
      "batchwise completion zsh | { command -v zsh >/dev/null && zsh -n || cat >/dev/null; }",
      "batchwise completion fish | { command -v fish >/dev/null && fish -n || cat >/dev/null; }",
    ].join("\n");
    expect(await az.run(script)).toMatchObject({ code: 0, stdout: "cancel\n" });
    expect(await runCommand(["completion", "powershell"], { cwd })).toMatchObject({ code: 2 });
  });
});

test("watch without a terminal prints the table of jobs once", async () => {
  const cwd = makeTempFolder();
  const az = await makeAzPlace(cwd);
  expect((await az.run("batchwise watch")).stdout).toBe("no jobs\n");
  writeDeployment(cwd, "names");
  const { code } = await az.run(
    "az ml batch-endpoint create -n names\naz ml batch-deployment create -f deployment.yml --set-default\naz ml batch-endpoint invoke -n names --input in --job-name watched\naz ml job stream -n watched",
  );
  expect(code).toBe(0);
  const { stdout } = await az.run("batchwise job watch --once");
  expect(stdout).toMatch(/^Name\s+Status\s+Endpoint\s+Deployment\s+Done\s+Failed\s+Rows/);
  expect(stdout).toMatch(/watched\s+Completed\s+names\s+names-dpl\s+3\/3 \(100 %\)\s+0\s+3/);
});

test("the token of the server is made once, whoever asks first, and nobody else may read it", async () => {
  const cwd = makeTempFolder();
  const az = await makeAzPlace(cwd);
  const ask = () => az.run("az account get-access-token --query accessToken -o tsv");
  const tokens = new Set((await Promise.all([ask(), ask(), ask(), ask()])).map(({ stdout }) => stdout));
  expect(tokens.size).toBe(1);
  expect((await az.run("stat -c %a home/server-token")).stdout).toBe("600\n");
});

test("defaults are kept although the file of before is damaged", async () => {
  const cwd = makeTempFolder();
  const az = await makeAzPlace(cwd);
  mkdirSync(join(cwd, "home"));
  writeFileSync(join(cwd, "home/az-config.json"), "{ damaged");
  expect(
    (await az.run("az configure --defaults group=g\naz configure -l --query \"[?name=='group'].value\" -o tsv")).stdout,
  ).toBe("g\n");
});

test("twenty updates of one endpoint at once: none is lost", async () => {
  const cwd = makeTempFolder();
  const az = await makeAzPlace(cwd);
  await az.run("az ml batch-endpoint create -n shared");
  const script = "for i in $(seq 20); do az ml batch-endpoint update -n shared --set tags.t$i=$i -o none & done; wait";
  expect(await az.run(script)).toMatchObject({ code: 0, stderr: "" });
  expect((await az.run("az ml batch-endpoint show -n shared --query 'length(keys(tags))' -o tsv")).stdout).toBe("20\n");
});
