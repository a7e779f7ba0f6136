import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../support/command.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const rows = "chair.txt,pleased,1.0\nkettle.txt,pleased,6.0\nlamp.txt,not pleased,-3.5\n";

/** The indented lines of the README: what a reader would type. */
function readCommands(folder: string): string[][] {
  const lines = readFileSync(join(folder, "README.md"), "utf8").match(/^ {4}.*$/gm) ?? [];
  return lines.map((line) => line.trim().split(" "));
}

test("the starter folder passes check, scores with its README's line, and deploys with the rest of it", async () => {
  const root = makeTempFolder();
  const made = await runCommand(["init", "My Model"], { cwd: root });
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const folder = join(root, "My Model");
  const env = { BATCHWISE_HOME: join(root, "home") };
  let job = "";
  for (const [program, ...words] of readCommands(folder)) {
    const isInvoke = program?.startsWith("JOB=$(") === true;
    expect(program?.replace("JOB=$(", "")).toBe("batchwise");
    const given = words.map((word) => word.replace("$JOB", job).replace(/\)$/, ""));
    const { code, stdout, stderr } = await runCommand(given, { cwd: folder, env });
    expect(code, `${given.join(" ")}\n${stderr}`).toBe(0);
    if (isInvoke) job = stdout.trim();
  }
  expect(readFileSync(join(folder, "out/predictions.csv"), "utf8")).toBe(rows);
  expect(readFileSync(join(folder, "named-outputs/score/predictions.csv"), "utf8")).toBe(rows);
  expect(readFileSync(join(folder, "endpoint.yml"), "utf8")).toContain("name: my-model\n");
});

test("init writes over nothing", async () => {
  const folder = makeTempFolder();
  expect((await runCommand(["init", ".", "--name", "texts"], { cwd: folder })).code).toBe(0);
  const before = readdirSync(folder).sort();
  const again = await runCommand(["init", "."], { cwd: folder });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("README.md");
  expect(readdirSync(folder).sort()).toEqual(before);
});

test("init refuses names that no endpoint may have", async () => {
  const folder = makeTempFolder();
  expect((await runCommand(["init", ".", "--name", "9-lives"], { cwd: folder })).code).toBe(2);
  expect(readdirSync(folder)).toEqual([]);
});
