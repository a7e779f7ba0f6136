import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../test/support/command.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";

interface Gc {
  readonly freed: readonly { readonly kind: string; readonly name: string }[];
  readonly kept: readonly unknown[];
  readonly bytes: number;
  readonly notices: readonly string[];
}

/** A process number that no process has: beyond what Linux hands out. */
const nobody = 4_194_305;

/** A home folder with the starter's endpoint, its deployment, and one finished job. */
async function makeHome() {
  const folder = makeTempFolder();
  const run = async (...words: string[]) => {
    const result = await runCommand(words, { cwd: folder });
    expect(result.code, result.stderr).toBe(0);
    return result.stdout;
  };
  const gc = async (...words: string[]) => JSON.parse(await run("gc", "--min-age", "0", "-o", "json", ...words)) as Gc;
  await run("init", "starter", "--name", "texts");
  // An environment that is there without being built.
  writeFileSync(join(folder, "starter/environment/conda.yaml"), "dependencies: []\n");
  await run("batch-endpoint", "create", "-f", "starter/endpoint.yml");
  await run("batch-deployment", "create", "-f", "starter/deployment.yml", "--set-default");
  return { folder, home: join(folder, "home"), run, gc };
}

test("gc leaves alone what a deployment or a job uses, and frees it once nobody does", async () => {
  const { folder, home, run, gc } = await makeHome();
  const job = (
    await run("batch-endpoint", "invoke", "-n", "texts", "--input", "starter/data", "--query", "name", "-o", "tsv")
  ).trim();
  await run("job", "stream", "-n", job);
  const environments = () => readdirSync(join(home, "environments")).filter((name) => !name.startsWith("."));
  expect(environments()).toHaveLength(1);
  expect(await gc("--yes")).toMatchObject({ freed: [], kept: [], notices: [] });

  await run("batch-endpoint", "delete", "-n", "texts", "--yes");
  // The job can still be resumed: it keeps the environment, and the model that its own view is linked to.
  const dryRun = await gc("--dry-run");
  const kinds = dryRun.freed.map(({ kind }) => kind);
  expect(kinds).toContain("asset");
  expect(kinds).not.toContain("environment");
  expect((await gc("--yes")).freed).toEqual(dryRun.freed);
  expect(environments()).toHaveLength(1);
  expect(await run("job", "download", "-n", job, "--output-name", "score", "-p", "out")).toBe("");
  expect(existsSync(join(folder, "out/named-outputs/score/predictions.csv"))).toBe(true);

  await run("job", "archive", "-n", job);
  expect((await gc("--yes")).freed).toEqual([]);
  const freed = (await gc("--yes", "--archived")).freed.map(({ kind }) => kind).sort();
  expect(freed).toContain("job");
  expect(freed).toContain("environment");
  expect(environments()).toEqual([]);
  expect(existsSync(join(home, "jobs", job))).toBe(false);
  expect(JSON.parse(await run("job", "list", "--include-archived"))).toEqual([]);
  expect(await gc("--yes", "--archived")).toMatchObject({ freed: [] });
});

test("gc frees what killed processes left, and nothing of those that live", async () => {
  const folder = makeTempFolder();
  const home = join(folder, "home");
  writeTree(home, {
    [`jobs/.a.partial-${nobody}-0123abcd/job.json`]: "{}",
    [`jobs/.b.partial-${process.pid}-0123abcd/job.json`]: "{}",
    [`models/.partial-${nobody}-0123abcd/model/x`]: "x",
    "jobs/c/job.json": "{}",
    "jobs/c/workers/0-1-1/scratch/x": "x",
  });
  const { stdout, code } = await runCommand(["gc", "--yes", "-o", "json"], { cwd: folder });
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Gc).freed.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    `draft .a.partial-${nobody}-0123abcd`,
    `draft .partial-${nobody}-0123abcd`,
    "scratch c",
  ]);
  expect(readdirSync(join(home, "jobs")).sort()).toEqual([`.b.partial-${process.pid}-0123abcd`, "c"]);
  expect(existsSync(join(home, "jobs/c/job.json"))).toBe(true);
});

test("gc keeps environments while something that may use one cannot be read, or is being made", async () => {
  const folder = makeTempFolder();
  const home = join(folder, "home");
  writeTree(home, { "environments/0123456789abcdef/.complete": "{}", "jobs/broken/job.json": "not JSON" });
  const gc = async () => {
    const { stdout } = await runCommand(["gc", "--min-age", "0", "--dry-run", "-o", "json"], { cwd: folder });
    return JSON.parse(stdout) as Gc;
  };
  expect(await gc()).toMatchObject({
    freed: [],
    notices: [expect.stringContaining("job broken cannot be read"), expect.anything()],
  });
  writeFileSync(join(home, "jobs/broken/job.json"), "{}");
  mkdirSync(join(home, `jobs/.x.partial-${process.pid}-0123abcd`));
  expect(await gc()).toMatchObject({ freed: [], notices: [expect.stringContaining("a job is being made")] });
});

test("gc asks, and frees nothing where nobody can answer", async () => {
  const folder = makeTempFolder();
  const draft = join(folder, `home/jobs/.a.partial-${nobody}-0123abcd`);
  mkdirSync(draft, { recursive: true });
  const { code, stderr } = await runCommand(["gc"], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toContain("1 thing, 0 B can be freed");
  expect(stderr).toContain("Use --yes");
  expect(existsSync(draft)).toBe(true);
});

test("gc of a home folder that is not there makes none", async () => {
  const folder = makeTempFolder();
  expect(await runCommand(["gc", "--yes"], { cwd: folder })).toMatchObject({ code: 0, stdout: "nothing to free\n" });
  expect(existsSync(join(folder, "home"))).toBe(false);
});
