import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../test/support/command.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";

const readScript = `
import os, sys
def init():
    global model
    folder = os.environ.get("AZUREML_MODEL_DIR")
    model = open(os.path.join(folder, "model", "w.txt")).read() if folder else "-"
def run(mini_batch):
    if "--fail" in sys.argv and any("f3" in path for path in mini_batch):
        raise ValueError("bad item")
    return [os.path.basename(path) + " " + open(path).read() + " " + model for path in mini_batch]
`;

let cwd: string;

beforeEach(() => {
  cwd = makeTempFolder();
  writeTree(cwd, {
    "code/score.py": readScript,
    "in/f1": "1",
    "in/f2": "2",
    "in/f3": "3",
    "in/sub/f4": "4",
    "model/w.txt": "M",
  });
});

const run = (...args: string[]) => runCommand(args, { cwd });
const basic = ["score", "--script", "code/score.py", "--input", "in", "--workers", "2", "-m", "2"];

describe("batchwise score", () => {
  test("leaves one output in input order, and says what happened", async () => {
    const result = await run(...basic, "--model", "model", "--output-path", "out", "--name", "j");
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(cwd, "out", "predictions.csv"), "utf8")).toBe("f1 1 M\nf2 2 M\nf3 3 M\nf4 4 M\n");
    expect(result.stdout).toMatch(
      /^j: completed\n {2}items {4}4 items scored, 0 failed, 0 skipped\n {2}rows {5}4 rows/,
    );
    expect(result.stdout).toMatch(/items\/s, 2 workers, \d+ % of the workers' time in run\(\)/);
    expect(result.stdout).toContain(join(cwd, "out", "predictions.csv"));
    expect(readdirSync(join(cwd)).sort()).toEqual(["code", "home", "in", "model", "out"]);
  });

  test("publishes inside the job folder by default, and prints where", async () => {
    const result = await run(...basic, "--name", "j");
    const output = join(cwd, "home", "jobs", "j", "named-outputs", "score", "predictions.csv");
    expect(result.stdout).toContain(output);
    expect(readFileSync(output, "utf8")).toContain("f4 4 -");
  });

  test("ends with 3 when items failed, and says why, with an example and the list", async () => {
    const result = await run(...basic, "--max-retries", "0", "--name", "j", "--", "--fail");
    expect(result.code, result.stderr).toBe(3);
    expect(result.stdout).toContain("j: completed with failed items");
    expect(result.stdout).toContain("3 items scored, 1 failed, 0 skipped");
    expect(result.stdout).toMatch(/1 item: exception: ValueError: bad item\n +for example .*in\/f3/);
    const list = /all failed items: (.*)/.exec(result.stdout)?.[1] as string;
    expect(JSON.parse(readFileSync(list, "utf8").split("\n")[0] as string)).toMatchObject({
      path: join(cwd, "in", "f3"),
    });
  });

  test("ends with 1 when the job failed, names the cause, and can be resumed with another script", async () => {
    writeTree(cwd, {
      "broken.py": "def init():\n    raise RuntimeError('no licence')\ndef run(mini_batch):\n    return mini_batch\n",
    });
    const failed = await run(
      "score",
      "--script",
      "broken.py",
      "--input",
      "in",
      "--workers",
      "1",
      "--name",
      "j",
      "--code",
      ".",
    );
    expect(failed.code, failed.stdout).toBe(1);
    expect(failed.stderr).toContain("no licence");
    expect(failed.stderr).toContain("code: workers_cannot_start");
    expect(failed.stdout).toContain("batchwise resume j");
    const resumed = await run("resume", "j", "--script", "code/score.py", "-m", "1");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain("4 items scored");
  });

  test("refuses a name in use and an output in use by it", async () => {
    await run(...basic, "--name", "j", "--output-path", "out");
    const again = await run(...basic, "--name", "j");
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("code: job_exists");
    const overwritten = await run(...basic, "--output-path", "out", "--overwrite");
    expect(overwritten.code, overwritten.stderr).toBe(0);
  });

  test("takes everything from a deployment file", async () => {
    writeTree(cwd, {
      "deployment.yml":
        "type: model\nname: d\nendpoint_name: e\nmodel: {path: ./model}\ncode_configuration: {code: ./code, scoring_script: score.py}\ncompute: azureml:cpu\nsettings: {mini_batch_size: 1, output_file_name: rows.csv}\n",
    });
    const result = await run("score", "-f", "deployment.yml", "--input", "in", "--output-path", "out");
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('note: compute "azureml:cpu" is left aside');
    expect(readFileSync(join(cwd, "out", "rows.csv"), "utf8")).toContain("f4 4 M");
  });

  test("accepts unambiguous prefixes of long options, and values after =", async () => {
    const result = await run("SCORE", "--scr=code/score.py", "--inp", "in", "--output-p", "out", "--work=1", "-m3");
    expect(result.code, result.stderr).toBe(0);
    expect(existsSync(join(cwd, "out", "predictions.csv"))).toBe(true);
  });

  test("scores odd file names, and shows them harmless", async () => {
    const names = ["a b", "new\nline", 'quo"te', "-rf", "emoji 🙂", "%00", "e\u0301", "\u00e9", "\u001b[31mred"];
    mkdirSync(join(cwd, "odd"));
    for (const name of names) writeFileSync(join(cwd, "odd", name), "x");
    writeFileSync(Buffer.concat([Buffer.from(`${cwd}/odd/bad-`), Buffer.from([0xff])]), "x");
    const script =
      "import os\ndef init():\n    pass\ndef run(mini_batch):\n    for p in mini_batch:\n        open(p).close()\n    raise ValueError(os.path.basename(mini_batch[0]))\n";
    writeTree(cwd, {
      "count.py": script.replace(
        "    raise ValueError(os.path.basename(mini_batch[0]))",
        "    return [1] * len(mini_batch)",
      ),
      "raise.py": script,
    });
    const scored = await run(
      "score",
      "--script",
      "count.py",
      "--input",
      "odd",
      "-m",
      "3",
      "--code",
      "code",
      "--script",
      "count.py",
      "--code",
      ".",
    );
    expect(scored.code, scored.stderr).toBe(0);
    expect(scored.stdout).toContain(`${names.length + 1} items scored`);
    const failed = await run(
      "score",
      "--script",
      "raise.py",
      "--input",
      "odd",
      "-m",
      "1",
      "--max-retries",
      "0",
      "--exclude",
      "code",
    );
    expect(failed.code).toBe(1);
    expect(failed.stdout + failed.stderr).not.toContain("\u001b");
  });

  test("finds an input whose name is not UTF-8", async () => {
    const odd = Buffer.concat([Buffer.from("odd-"), Buffer.from([0xfe])]);
    execFileSync("sh", ["-c", "mkdir \"$(printf 'odd-\\376')\" && cp in/f1 \"$(printf 'odd-\\376')\"/"], { cwd });
    expect(readdirSync(cwd, { encoding: "buffer" }).some((name) => odd.equals(name))).toBe(true);
    const script = `"$0" score --script code/score.py --input "$(printf 'odd-\\376')" --name j`;
    const { binary } = await import("../../test/support/command.ts");
    const output = execFileSync("sh", ["-c", script, binary], {
      cwd,
      env: { ...process.env, BATCHWISE_HOME: join(cwd, "home") },
      encoding: "utf8",
    });
    expect(output).toContain("1 item scored");
  });

  test("with --allow-empty completes without a file", async () => {
    mkdirSync(join(cwd, "empty"));
    const result = await run(
      "score",
      "--script",
      "code/score.py",
      "--input",
      "empty",
      "--allow-empty",
      "--output-path",
      "out",
    );
    expect(result.code, result.stderr).toBe(0);
    expect(readFileSync(join(cwd, "out", "predictions.csv"), "utf8")).toBe("");
  });

  test("with --dry-run says what it would do and makes nothing", async () => {
    const result = await run(...basic, "--dry-run", "--output-path", "out");
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/files +4 files, 4 B/);
    expect(result.stdout).toMatch(/mini-batches 2 mini-batches of up to 2 files/);
    expect(result.stdout).toContain(`first file   ${join(cwd, "in", "f1")}`);
    expect(result.stdout).toContain(`last file    ${join(cwd, "in", "sub", "f4")}`);
    expect(readdirSync(cwd).sort()).toEqual(["code", "in", "model"]);
    const broken = await run("score", "--script", "model/w.txt", "--input", "in", "--dry-run");
    expect(broken.code).toBe(2);
  });

  test("with --progress json ends stderr with one summary object, and stdout is empty", async () => {
    const result = await run(...basic, "--progress", "json", "--name", "j");
    expect(result.stdout).toBe("");
    const lines = result.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.at(-1)).toMatchObject({ type: "summary", status: "Completed", listed: 4, scored: 4, error: null });
    expect(lines.filter(({ type }) => type === "progress").length).toBeGreaterThan(0);
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(["note", "progress", "summary"]));
  });

  test("with --progress none keeps stderr empty", async () => {
    const result = await run(...basic, "--progress", "none");
    expect(result).toMatchObject({ code: 0, stderr: "" });
  });

  test("works from another folder, and through a link", async () => {
    const { binary } = await import("../../test/support/command.ts");
    const link = join(cwd, "bw");
    execFileSync("ln", ["-s", binary, link]);
    expect(execFileSync(link, ["--version"], { cwd: "/", encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("batchwise replay", () => {
  test("runs one mini-batch in the foreground with the terminal's input, and commits nothing", async () => {
    writeTree(cwd, {
      "debug/score.py":
        "import sys\ndef init():\n    pass\ndef run(mini_batch):\n    if sys.stdin.isatty() is None: pass\n    line = sys.stdin.readline()\n    return [line.strip() or 'none'] * len(mini_batch)\n",
    });
    const scored = await run("score", "--script", "debug/score.py", "--input", "in", "-m", "2", "--name", "j");
    expect(scored.code, scored.stderr).toBe(0);
    const before = readFileSync(join(cwd, "home/jobs/j/named-outputs/score/predictions.csv"), "utf8");
    const result = await runCommand(["replay", "j", "1"], { cwd, input: "typed\n", env: { TMPDIR: cwd } });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stdout).toBe("typed\ntyped\n");
    expect(result.stderr).toContain("run() returned list: 2 elements, 2 rows");
    expect(readFileSync(join(cwd, "home/jobs/j/named-outputs/score/predictions.csv"), "utf8")).toBe(before);
  });

  test("shows the traceback of a failure without frames of ours, and ends with 1", async () => {
    await run(...basic, "--max-retries", "0", "--name", "j", "--", "--fail");
    const result = await runCommand(["replay", "j", "1"], { cwd, env: { TMPDIR: cwd } });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("ValueError: bad item");
    expect(result.stderr).not.toContain("replay.py");
  });

  test("of a mini-batch that the job does not have ends with 2", async () => {
    await run(...basic, "--name", "j");
    for (const wrong of ["99", "-1", "x", "1e1"]) {
      const result = await run("replay", "j", wrong);
      expect(result.code, result.stderr).toBe(2);
    }
  });
});
