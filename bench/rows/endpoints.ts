import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openCatalog } from "../../src/catalog/catalog.ts";
import { jobFolderOf } from "../../src/jobs/home.ts";
import { readJobStatus, terminalStatuses } from "../../src/jobs/job-status.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { type BenchContext, benchFolder } from "../harness/context.ts";
import { ensureEmptyFiles } from "../harness/inputs.ts";
import type { Contender, Goal, Row, Sample } from "../harness/row.ts";
import { expectSuccess, runCommand } from "../harness/run-command.ts";
import { readLogTime } from "../harness/score-job.ts";

const endpointCount = 1_000;
const jobCount = 10_000;
const script = join(benchFolder, "scripts", "echo.py");

/** What the commands around a job take: in a home folder with many endpoints and jobs, and until a job that is invoked has its first row. */
export const endpoints: Row = {
  name: "endpoints",
  title: "Commands of endpoints and jobs",
  async prepare(context) {
    const home = mkdtempSync(join(context.scratch, "endpoints-"));
    const input = ensureEmptyFiles(context, 20, 50);
    const env = { ...context.env, BATCHWISE_HOME: home };
    fillHome(home);
    await deployEcho(context, home, env);
    const repeat = context.options.quick ? 3 : Math.max(10, context.options.repeat);
    const list = (name: string, ...args: string[]): Contender => ({
      name,
      repeat,
      run: async () => ({ metrics: { wallMs: (await run(context, env, args)).wallMs } }),
    });
    const contenders = [
      list(`batch-endpoint list, ${endpointCount} endpoints`, "batch-endpoint", "list", "-o", "table"),
      list(`job list, ${jobCount} jobs`, "job", "list", "-o", "table"),
      list("job list --all-results", "job", "list", "--all-results", "-o", "table"),
      { name: "invoke", repeat, run: () => invoke(context, home, env, input) },
    ];
    return {
      parameters: `whole process, ${repeat} times each; invoke: 1,000 empty files, 2 workers`,
      metrics: [
        { key: "wallMs", label: "ms", digits: 0 },
        { key: "firstRowMs", label: "ms from its end to the first committed row", digits: 0 },
      ],
      ratioOf: null,
      contenders,
      goals: [
        goal("ms of batch-endpoint list", contenders[0]!.name, "wallMs", 150),
        goal("ms of job list", contenders[1]!.name, "wallMs", 200),
        goal("ms of invoke", "invoke", "wallMs", 400),
        goal("ms from invoke to the first committed row", "invoke", "firstRowMs", 800),
      ],
      skipped: [],
    };
  },
};

function goal(what: string, contender: string, metric: string, must: number): Goal {
  return { what, contender, metric, must, aim: must, better: "lower" };
}

type Environment = BenchContext["env"];

async function run(context: BenchContext, env: Environment, args: readonly string[]) {
  return expectSuccess(await runCommand(context.command, args, { env }), args.slice(0, 2).join(" "));
}

/** Endpoints and ended jobs, as years of use leave them; written straight into the catalog. */
function fillHome(home: string): void {
  const catalog = openCatalog(home);
  const now = new Date().toISOString();
  catalog.transaction(() => {
    for (let index = 0; index < endpointCount; index++) {
      catalog.endpoints.put({
        name: `endpoint-${String(index).padStart(4, "0")}`,
        description: null,
        authMode: "aad_token",
        defaultDeployment: "blue",
        tags: { team: "vision" },
        properties: {},
        createdAt: now,
        modifiedAt: now,
      });
    }
    for (let index = 0; index < jobCount; index++) {
      catalog.jobs.add({
        name: `job-${String(index).padStart(5, "0")}`,
        endpoint: `endpoint-${String(index % endpointCount).padStart(4, "0")}`,
        deployment: "blue",
        compute: "local",
        displayName: `job ${index}`,
        experiment: "nightly",
        description: null,
        tags: {},
        properties: {},
        stage: "ended",
        status: index % 50 === 0 ? "Failed" : "Completed",
        archived: false,
        clientKey: null,
        autoResume: false,
        resumes: 0,
      });
    }
  });
  catalog.close();
}

async function deployEcho(context: BenchContext, home: string, env: Environment): Promise<void> {
  const folder = join(home, "bench-deployment");
  mkdirSync(join(folder, "code"), { recursive: true });
  writeFileSync(join(folder, "code", "score.py"), readFileSync(script));
  writeFileSync(
    join(folder, "deployment.yml"),
    JSON.stringify({
      name: "blue",
      endpoint_name: "bench",
      code_configuration: { code: "./code", scoring_script: "score.py" },
      environment: { name: "python", python: context.python },
      max_concurrency_per_instance: 2,
    }),
  );
  await run(context, env, ["batch-endpoint", "create", "--name", "bench"]);
  await run(context, env, ["batch-deployment", "create", "--file", join(folder, "deployment.yml"), "--set-default"]);
}

async function invoke(context: BenchContext, home: string, env: Environment, input: string): Promise<Sample> {
  const args = ["batch-endpoint", "invoke", "--name", "bench", "--input", input, "--query", "name", "-o", "tsv"];
  const result = await run(context, env, args);
  const name = result.stdout.trim();
  while (!terminalStatuses.has(readJobStatus(home, name, { stage: "started", status: "Running" }).status))
    await delay(50);
  const firstRowMs =
    readLogTime(jobFolderOf(home, name), "first results durable") - (result.startedAtMs + result.wallMs);
  // The next one must not share the machine with what this one tidies up.
  await delay(300);
  if (firstRowMs === 0) throw new Error(`no first row in ${jobPaths(jobFolderOf(home, name)).driverLog}`);
  return { metrics: { wallMs: result.wallMs, firstRowMs } };
}
