import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, relative } from "node:path";
import { buildEnvironment } from "../../src/environment/build-environment.ts";
import { BatchwiseError } from "../../src/errors.ts";
import { createJobName, openDemoHome, pruneJobs } from "./demo-home.ts";
import { describeCommand, type Example, examples, repositoryRoot } from "./examples.ts";
import { prepareExample } from "./prepare-examples.ts";
import { showDigits, showTumours, showWines } from "./show-results.ts";
import { createStatusLine, formatSeconds, printDim, printHeading } from "./terminal-lines.ts";

/** Runs the demo and returns its exit code. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== "--prepare");
  if (unknown !== undefined) {
    console.error(`error: unknown argument "${unknown}"; there is --prepare (environment, data and models only)`);
    return 2;
  }
  const started = performance.now();
  try {
    const home = openDemoHome();
    const python = await prepareAll(home);
    const isGood = args.includes("--prepare") ? true : await scoreAll(home, python);
    printEnd(home, isGood, performance.now() - started);
    return isGood ? 0 : 1;
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    console.error(`error: ${error.message}${error.hint === undefined ? "" : `\nhint: ${error.hint}`}`);
    return error.exitCode;
  }
}

/** Environment, data and models; what is there already is kept. Returns the environment's Python. */
async function prepareAll(home: string): Promise<string> {
  const file = join(repositoryRoot, "examples", examples.digits.name, "environment", "conda.yaml");
  printHeading("Python environment, data and models");
  const showStatus = createStatusLine();
  const started = performance.now();
  const built = await buildEnvironment(file, home, { onProgress: showStatus });
  showStatus("");
  const spent = formatSeconds(performance.now() - started);
  const how = built.wasBuilt ? `built in ${spent}` : "there already";
  console.log(`  environment of ${relative(repositoryRoot, file)}: ${how} (Python ${built.version})`);
  const prepared = Object.values(examples).map(async (example) => {
    const exampleStarted = performance.now();
    const wasMade = await prepareExample(example, built.executable, built.hash);
    const state = wasMade ? `made in ${formatSeconds(performance.now() - exampleStarted)}` : "there already";
    console.log(`  data and model of examples/${example.name}: ${state}`);
  });
  await Promise.all(prepared);
  return built.executable;
}

async function scoreAll(home: string, python: string): Promise<boolean> {
  const results = [
    await scoreExample(home, examples.digits, showDigits),
    await scoreExample(home, examples.tumours, showTumours),
    await scoreExample(home, examples.wines, (output) => showWines(output, python)),
  ];
  return results.every(Boolean);
}

async function scoreExample(
  home: string,
  example: Example,
  show: (output: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  printHeading(example.title);
  pruneJobs(home, example);
  printDim(`  $ ${describeCommand(example)}`);
  const name = createJobName(example);
  const [, ...command] = describeCommand(example).split(" ");
  const program = join(repositoryRoot, "bin", `${command[0]}`);
  const child = spawn(program, [...command.slice(1), "--home", home, "--name", name], {
    cwd: repositoryRoot,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) {
    console.error(`  error: the command ended with exit code ${code}`);
    return false;
  }
  return await show(join(home, "jobs", name, "named-outputs", "score"));
}

function printEnd(home: string, isGood: boolean, spentMs: number): void {
  printHeading(`${isGood ? "Done in" : "FAILED after"} ${formatSeconds(spentMs)}`);
  console.log(`  jobs (rows, logs, ledger) and the environment: ${home}`);
  console.log(`  scripts, data and models: ${join(repositoryRoot, "examples")}`);
  console.log("  one by one, with results in ~/.batchwise:");
  for (const example of Object.values(examples)) console.log(`    ${describeCommand(example)}`);
}
