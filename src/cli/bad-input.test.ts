import { existsSync, readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type CommandResult, runCommand } from "../../test/support/command.ts";
import { makeTempFolder } from "../../test/support/temp-folder.ts";

const goodScript = "def init():\n    pass\n\ndef run(mini_batch):\n    return [1 for _ in mini_batch]\n";

let cwd: string;

beforeEach(async () => {
  cwd = makeTempFolder();
  await mkdir(join(cwd, "in"));
  await writeFile(join(cwd, "in", "a.txt"), "a");
  await writeFile(join(cwd, "score.py"), goodScript);
});

/** Runs `batchwise score` with what is wrong, and checks that it ended with 2 before anything was made. */
async function refuse(...args: string[]): Promise<CommandResult> {
  const result = await runCommand(["score", ...args], { cwd });
  expect({ code: result.code, stdout: result.stdout }, result.stderr).toEqual({ code: 2, stdout: "" });
  expect(result.stderr).toMatch(/^error: .+/m);
  expect(result.stderr).toMatch(/^code: [a-z_]+$/m);
  expect(result.stderr).not.toMatch(/^ {4}at /m);
  const jobs = join(cwd, "home", "jobs");
  expect(existsSync(jobs) ? readdirSync(jobs) : []).toEqual([]);
  expect(readdirSync(cwd).filter((name) => name.includes("lock"))).toEqual([]);
  return result;
}

const good = ["--script", "score.py", "--input", "in"];

describe("batchwise score refuses with exit code 2 and leaves nothing", () => {
  test("no script", async () => {
    expect((await refuse("--input", "in")).stderr).toContain("--script is missing");
  });

  test("no input", async () => {
    expect((await refuse("--script", "score.py")).stderr).toContain("--input is missing");
  });

  test("a script that does not exist", async () => {
    const { stderr } = await refuse("--script", "nope.py", "--input", "in");
    expect(stderr).toContain("nope.py");
    expect(stderr).toContain("code: script_not_found");
  });

  test("a syntax error, with file and line", async () => {
    await writeFile(join(cwd, "bad.py"), "def init():\n    pass\n\ndef run(mini_batch:\n    return []\n");
    expect((await refuse("--script", "bad.py", "--input", "in")).stderr).toMatch(/bad\.py:4: SyntaxError/);
  });

  test("a script without init()", async () => {
    await writeFile(join(cwd, "bad.py"), "def run(mini_batch):\n    return []\n");
    expect((await refuse("--script", "bad.py", "--input", "in")).stderr).toMatch(/bad\.py.*no function init/);
  });

  test("a script without run()", async () => {
    await writeFile(join(cwd, "bad.py"), "def init():\n    pass\n");
    expect((await refuse("--script", "bad.py", "--input", "in")).stderr).toMatch(/bad\.py.*no function run/);
  });

  test("a run() with the wrong number of parameters", async () => {
    await writeFile(join(cwd, "bad.py"), "def init():\n    pass\n\ndef run(a, b, c):\n    return []\n");
    expect((await refuse("--script", "bad.py", "--input", "in")).stderr).toMatch(/bad\.py:4.*3/);
  });

  test("a missing model", async () => {
    expect((await refuse(...good, "--model", "nomodel")).stderr).toContain("code: model_not_found");
  });

  test("an input that does not exist", async () => {
    expect((await refuse("--script", "score.py", "--input", "nothere")).stderr).toContain("code: input_not_found");
  });

  test("an empty input", async () => {
    await mkdir(join(cwd, "empty", "deeper"), { recursive: true });
    const { stderr } = await refuse("--script", "score.py", "--input", "empty");
    expect(stderr).toContain("code: input_empty");
    expect(stderr).toContain("--allow-empty");
  });

  test("an input of which no file is wanted", async () => {
    expect((await refuse(...good, "--include", "*.png")).stderr).toContain("code: input_empty");
  });

  test("a glob that matches nothing", async () => {
    expect((await refuse("--script", "score.py", "--input", "in/*.png")).stderr).toContain("code: input_empty");
  });

  test("an empty list of files", async () => {
    await writeFile(join(cwd, "list.txt"), "\n\n");
    expect((await refuse("--script", "score.py", "--input", "@list.txt")).stderr).toContain("code: input_empty");
  });

  test("an output that exists", async () => {
    await mkdir(join(cwd, "out"));
    await writeFile(join(cwd, "out", "predictions.csv"), "old");
    const { stderr } = await refuse(...good, "--output-path", "out");
    expect(stderr).toMatch(/predictions\.csv exists/);
    expect(stderr).toContain("--overwrite");
  });

  test("an output inside the input", async () => {
    expect((await refuse(...good, "--output-path", "in/out")).stderr).toContain("code: output_inside_input");
  });

  test("an output that is the input", async () => {
    expect((await refuse(...good, "--output-path", "in", "--overwrite")).stderr).toContain("code: output_inside_input");
  });

  test("an output below a file", async () => {
    expect((await refuse(...good, "--output-path", "score.py/out")).stderr).toContain("code: output_unwritable");
  });

  test("an output on a file system that takes none", async () => {
    expect((await refuse(...good, "--output-path", "/proc/out")).stderr).toContain("code: output_unwritable");
  });

  test("a home inside the input", async () => {
    expect((await refuse(...good, "--home", "in/home")).stderr).toContain("code: output_inside_input");
  });

  test("an option that does not exist", async () => {
    const { stderr } = await refuse(...good, "--wrokers", "2");
    expect(stderr).toContain("there is no option --wrokers");
    expect(stderr).toContain("did you mean --workers?");
  });

  test("an ambiguous prefix", async () => {
    expect((await refuse("--script", "score.py", "--in", "in")).stderr).toMatch(
      /ambiguous option: --in could match --input, --include/,
    );
  });

  test("an option whose value was forgotten", async () => {
    expect((await refuse("--script", "--input", "in")).stderr).toContain("--script needs a value, and --input follows");
  });

  test("an argument that belongs nowhere", async () => {
    expect((await refuse(...good, "more")).stderr).toContain('"more"');
  });

  test.for([
    ["--workers", "0", "1 to 1024"],
    ["--mini-batch-size", "-3", "1 to 1000000"],
    ["--timeout", "30s", "seconds from 0.1"],
    ["--error-threshold", "-2", "-1 to"],
    ["--max-retries", "99999999999999999999", "0 to 1000"],
    ["--output-format", "parquet", "azureml, csv, jsonl"],
    ["--output-file-name", "a/b.csv", "without folders"],
    ["--name", "../x", "letters, digits"],
    ["--env", "NOVALUE", "NAME=VALUE"],
  ] as const)("%s %s", async ([option, value, range]) => {
    const { stderr } = await refuse(...good, option, value);
    expect(stderr).toContain(option);
    expect(stderr).toContain(value);
    expect(stderr).toContain(range);
  });

  test("a variable of the environment that is out of range", async () => {
    const result = await runCommand(["score", ...good], { cwd, env: { BATCHWISE_WORKERS: "many" } });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/BATCHWISE_WORKERS.*"many".*1 to 1024/);
  });

  test("a Python that is not there", async () => {
    expect((await refuse(...good, "--python", "/nope/python3")).stderr).toContain("code: python_not_found");
  });

  test("a file name for rows that nobody writes", async () => {
    const args = ["--output-action", "summary_only", "--output-file-name", "x.csv"];
    expect((await refuse(...good, ...args)).stderr).toContain("code: conflicting_settings");
  });

  test("a script outside --code", async () => {
    await mkdir(join(cwd, "code"));
    expect((await refuse(...good, "--code", "code")).stderr).toContain("code: conflicting_settings");
  });

  test("a YAML key that does not exist, with line, column and what was meant", async () => {
    await writeFile(join(cwd, "d.yml"), "name: d\nmini_batch_sise: 5\n");
    const { stderr } = await refuse("-f", "d.yml", ...good);
    expect(stderr).toContain("d.yml:2:1: there is no key mini_batch_sise");
    expect(stderr).toContain("did you mean mini_batch_size?");
  });

  test("a deployment file that does not exist", async () => {
    expect((await refuse("-f", "nope.yml", ...good)).stderr).toContain("nope.yml");
  });
});

test("an unknown command names the nearest one", async () => {
  const result = await runCommand(["scoer"], { cwd });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("did you mean score?");
});

test("no command at all prints the help and ends with 2", async () => {
  const result = await runCommand([], { cwd });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("Usage: batchwise");
});

test.for(["resume", "replay"])("%s of a job that does not exist ends with 2", async (command) => {
  const result = await runCommand([command, "nope", ...(command === "replay" ? ["0"] : [])], { cwd });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("code: job_not_found");
});
