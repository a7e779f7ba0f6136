import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../test/support/command.ts";
import { findTestPython } from "../../test/support/python.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { checkTargets } from "./check-targets.ts";
import { code } from "./finding.ts";

const root = join(import.meta.dirname, "../..");
const contract = "\ndef init():\n    pass\n\ndef run(mini_batch):\n    return mini_batch\n";

async function findRules(files: Readonly<Record<string, string>>, target = "score.py"): Promise<string[]> {
  const folder = makeTempFolder();
  writeTree(folder, files);
  const options = { model: null, environment: null, python: findTestPython(), home: join(folder, "home") };
  const report = await checkTargets([join(folder, target)], {
    ...options,
    resolveModel: () => null,
    resolveEnvironment: () => null,
  });
  return report.findings.map(({ rule, line }) => `${rule}:${line}`);
}

const checkScript = (text: string) => findRules({ "score.py": code(text) });

test.each(globSync("examples/*/deployment*.yml", { cwd: root }))("%s is clean", async (path) => {
  const folder = makeTempFolder();
  const options = { model: null, environment: null, python: null, home: join(folder, "home") };
  const report = await checkTargets([join(root, path)], {
    ...options,
    resolveModel: () => null,
    resolveEnvironment: () => null,
  });
  // What prepare.py makes is not there after a clone.
  expect(
    report.findings.filter(({ rule, message }) => rule !== "path-missing" || !message.startsWith("model.")),
  ).toEqual([]);
});

test("a script is never run", async () => {
  const folder = makeTempFolder();
  const trace = join(folder, "ran");
  expect(await checkScript(`open(${JSON.stringify(trace)}, "w").close()${contract}`)).toEqual([]);
  expect(globSync(trace)).toEqual([]);
});

test("run() that cannot reach its end returns no None", async () => {
  const bodies = [
    "while True:\n        if mini_batch:\n            return mini_batch",
    "if mini_batch:\n        return mini_batch\n    raise ValueError",
    "with open(mini_batch[0]) as file:\n        return [file.read()]",
    "try:\n        return mini_batch\n    finally:\n        print()",
    "for path in mini_batch:\n        yield path",
    "def inner():\n        return None\n    return [inner() for path in mini_batch]",
  ];
  for (const body of bodies) {
    const text = `def init():\n    pass\n\ndef run(mini_batch):\n    ${body}\n`;
    expect(await findRules({ "score.py": text }), body).toEqual([]);
  }
});

test("run() that reaches its end on some path is found, where it does", async () => {
  const bodies: readonly (readonly [string, number])[] = [
    ["if mini_batch:\n        return mini_batch", 5],
    ["for path in mini_batch:\n        return [path]", 5],
    ["while True:\n        if mini_batch:\n            break", 5],
    ["return", 5],
    ["return None if mini_batch else []", 5],
    ["import contextlib\n    with contextlib.suppress(OSError):\n        return [open(mini_batch[0]).read()]", 6],
    ["if not mini_batch:\n        return []\n    else:\n        print()", 8],
  ];
  for (const [body, line] of bodies) {
    const text = `def init():\n    pass\n\ndef run(mini_batch):\n    ${body}\n`;
    expect(await findRules({ "score.py": text }), body).toEqual([`returns-none:${line}`]);
  }
});

test("paths that are built in other ways are followed", async () => {
  const write = (expression: string) =>
    checkScript(`
      import os
      from pathlib import Path
      OUT = os.environ.get("AZUREML_BI_OUTPUT_PATH")
      def init():
          pass
      def run(mini_batch):
          save(mini_batch)
          return mini_batch
      def save(mini_batch):
          name = mini_batch[0]
          ${expression}
    `);
  expect(await write('open(os.path.join(OUT, "a.csv"), "w")')).toEqual(["fixed-output-file:11"]);
  expect(await write('open(f"{OUT}/a.csv", "a")')).toEqual(["fixed-output-file:11"]);
  expect(await write('open(OUT + "/a.csv", mode="x")')).toEqual(["fixed-output-file:11"]);
  expect(await write('(Path(OUT) / "part" / "a.csv").open("w")')).toEqual(["fixed-output-file:11"]);
  expect(await write('open(os.path.join(OUT, "a.csv"))')).toEqual([]);
  expect(await write('open(os.path.join(OUT, name), "w")')).toEqual([]);
  expect(await write('open(f"{OUT}/{name}.csv", "w")')).toEqual([]);
  expect(await write('open(OUT + "/a.csv" + name, "w")')).toEqual([]);
});

test("on_conflict settles what a fixed name in the output folder means", async () => {
  const script = code(`
    import os
    def init():
        pass
    def run(mini_batch):
        open(os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"], "a.csv"), "w").write("a")
        return mini_batch
  `);
  const head = "name: blue\nendpoint_name: digits\ncode_configuration: {code: code, scoring_script: score.py}\n";
  const check = (line: string) =>
    findRules({ "code/score.py": script, "deployment.yml": `${head}${line}` }, "deployment.yml");
  expect(await check("")).toEqual(["fixed-output-file:5"]);
  expect(await check("on_conflict: concat\n")).toEqual([]);
});

test("each mistake of a file is found, not only the first", async () => {
  const text = code(`
    name: blue
    endpoint_nam: digits
    mini_batch_size: ten
    code_configuration: {code: nowhere, scoring_script: score.py}
  `);
  expect(await findRules({ "deployment.yml": text }, "deployment.yml")).toEqual([
    "missing-key:1",
    "unknown-key:2",
    "invalid-value:3",
    "path-missing:4",
  ]);
});

test("kinds of files are told apart by what is in them", async () => {
  const cases: readonly (readonly [string, string[]])[] = [
    ["name: digits\nauth_mode: aad_token\nbogus: 1\n", ["unknown-key:3"]],
    ["name: cpu\ntype: amlcompute\nmax_instances: many\n", ["invalid-value:3"]],
    ["name: m\npath: nowhere\ntype: custom_model\n", ["path-missing:2"]],
    ["name: e\nimage: x\nconda_file: nowhere.yml\n", ["path-missing:3"]],
    ["name: d\ntype: uri_folder\npath: nowhere\n", ["path-missing:3"]],
    ["name: env\ndependencies: [python=3.99]\n", ["python-not-installed:1"]],
    ["some: other\nfile: of the user\n", []],
  ];
  for (const [text, wanted] of cases) expect(await findRules({ "file.yml": text }, "file.yml"), text).toEqual(wanted);
});

test("the command shows findings as text, JSON or annotations, and its exit code follows the levels", async () => {
  const folder = makeTempFolder();
  writeTree(folder, { "bad.py": "def init():\n    pass\n", "good.py": contract, "slow.py": loadsInRun });
  const check = (...words: string[]) => runCommand(["check", ...words, "--python", findTestPython()], { cwd: folder });
  const text = await check("bad.py");
  expect(text.code).toBe(1);
  expect(text.stdout).toContain("bad.py:1:1: error the script has no function run(mini_batch) [no-run]");
  expect(text.stdout).toContain("1 file checked: 1 error, 0 warnings");
  const json = await check("bad.py", "good.py", "--format", "json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    errors: 1,
    warnings: 0,
    findings: [{ rule: "no-run", level: "error", line: 1, docs: "docs/reference/check-rules/no-run.md" }],
  });
  const github = await check("bad.py", "--format", "github");
  expect(github.stdout).toMatch(/^::error file=bad\.py,line=1,col=1,title=batchwise no-run::the script has no/);
  expect(await check("good.py")).toMatchObject({ code: 0, stderr: "" });
  expect((await check("slow.py")).code).toBe(0);
  expect((await check("slow.py", "--strict")).code).toBe(1);
  expect((await check("nowhere.py")).code).toBe(2);
  expect((await check("--explain", "no-ru")).stderr).toContain("did you mean no-run?");
  const page = readFileSync(join(root, "docs/reference/check-rules/no-run.md"), "utf8");
  expect(page).toContain((await check("--explain", "no-run")).stdout.trim());
});

test("registered models and environments are looked up", async () => {
  const folder = makeTempFolder();
  const score = code(`
    import os
    import yaml
    def init():
        open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "weights", "b.txt"))
    def run(mini_batch):
        return mini_batch
  `);
  const deployment = code(`
    name: blue
    endpoint_name: digits
    model: azureml:w:1
    environment: azureml:e@latest
    code_configuration: {code: code, scoring_script: score.py}
  `);
  writeTree(folder, { "code/score.py": score, "deployment.yml": deployment, "weights/a.txt": "1" });
  writeTree(folder, { "conda.yml": "dependencies: [{pip: [numpy]}]\n" });
  const check = async () => (await runCommand(["check", "deployment.yml"], { cwd: folder })).stdout;
  expect(await check()).toContain("nothing found");
  const image = ["--image", "x", "--conda-file", "conda.yml"];
  expect(await runCommand(["environment", "create", "-n", "e", ...image], { cwd: folder })).toMatchObject({ code: 0 });
  expect(await runCommand(["model", "create", "-n", "w", "-p", "weights"], { cwd: folder })).toMatchObject({ code: 0 });
  const found = await check();
  expect(found).toContain(
    "code/score.py:2:1: error the environment has nothing that brings yaml; the package is pyyaml",
  );
  expect(found).toContain('$AZUREML_MODEL_DIR/weights has no "b.txt": did you mean a.txt?');
});

const loadsInRun = code(`
  import pickle

  def init():
      pass

  def run(mini_batch):
      model = pickle.load(open(__file__, "rb"))
      return [model for path in mini_batch]
`);
