/**
 * npm run bench: measures Batchwise beside what people would write instead, on this machine, in one run. See `--help`, and docs/performance.md for what
 * the figures mean. Writes the tables to stdout and everything measured to bench/results/, as JSON.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDefaultPython } from "../scripts/python-env.ts";
import { type BenchContext, benchFolder, cleanEnvironment, openCache } from "./harness/context.ts";
import { describeMachine, readLoad } from "./harness/machine.ts";
import { ensurePeerPython } from "./harness/python-environments.ts";
import { formatNumber, judgeRow, renderRow, renderVerdicts, type Verdict } from "./harness/report.ts";
import { measureRow, type Row, type RowResult } from "./harness/row.ts";
import { endRunningCommands } from "./harness/run-command.ts";
import { stagePackage } from "./harness/stage-package.ts";
import { type BenchOptions, readOptions, usage } from "./options.ts";
import { endpoints } from "./rows/endpoints.ts";
import { eventLoop } from "./rows/event-loop.ts";
import { firstRow } from "./rows/first-row.ts";
import { largeRows } from "./rows/large-rows.ts";
import { flatFolder, manyFiles } from "./rows/many-files.ts";
import { noOp } from "./rows/no-op.ts";
import { images, smallImages, tables } from "./rows/real-scoring.ts";
import { resume } from "./rows/resume.ts";
import { skewedSizes } from "./rows/skewed-sizes.ts";
import { start } from "./rows/start.ts";

const rows: readonly Row[] = [
  noOp,
  firstRow,
  start,
  images,
  smallImages,
  tables,
  manyFiles,
  flatFolder,
  skewedSizes,
  largeRows,
  resume,
  eventLoop,
  endpoints,
];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  let chosen: readonly Row[];
  try {
    options = readOptions(args);
    chosen = chooseRows(options.only);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (options.help || options.list) {
    console.log(options.help ? usage : rows.map(({ name, title }) => `${name.padEnd(14)} ${title}`).join("\n"));
    return 0;
  }
  const context = await openContext(options);
  const cleanUp = () => {
    for (const folder of [context.home, context.scratch]) rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      endRunningCommands();
      cleanUp();
      process.exit(130);
    });
  }
  try {
    return await measureRows(chosen, context);
  } finally {
    cleanUp();
  }
}

function chooseRows(only: readonly string[]): readonly Row[] {
  for (const name of only) {
    if (!rows.some((row) => row.name === name)) {
      throw new Error(`there is no row "${name}"; there are ${rows.map((row) => row.name).join(", ")}`);
    }
  }
  return only.length === 0 ? rows : rows.filter((row) => only.includes(row.name));
}

async function openContext(options: BenchOptions): Promise<BenchContext> {
  const cache = openCache();
  const note = (text: string) => console.error(text);
  const inputs = join(cache, "inputs");
  mkdirSync(inputs, { recursive: true });
  const peerPython = await ensurePeerPython(cache, note);
  return {
    options,
    inputs,
    environments: cache,
    home: mkdtempSync(join(cache, "home-")),
    scratch: mkdtempSync(join(cache, "scratch-")),
    command: join(options.package ?? (await stagePackage(cache)), "bin", "batchwise"),
    node: process.execPath,
    python: peerPython ?? findDefaultPython().executable,
    hasJoblib: peerPython !== null,
    env: cleanEnvironment(),
    note,
    progress(row, contender, repetition, metrics) {
      const shown = Object.entries(metrics).map(([key, value]) => `${key} ${formatNumber(value, 2)}`);
      console.error(`  ${row} ${repetition + 1}: ${contender}: ${shown.join(", ")} (load ${readLoad()})`);
    },
  };
}

/** Measures row by row; a row that fails does not stop the others. Returns the exit code. */
async function measureRows(chosen: readonly Row[], context: BenchContext): Promise<number> {
  const machine = describeMachine();
  console.log(`# Batchwise beside its peers\n`);
  console.log(
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}${context.options.quick ? "; --quick: sizes too small to mean much" : ""}\n`,
  );
  const results: RowResult[] = [];
  const verdicts: Verdict[] = [];
  let failed = 0;
  for (const row of chosen) {
    try {
      const plan = await row.prepare(context);
      if (typeof plan === "string") {
        console.log(`### ${row.name}: ${row.title}\n\nnot measured: ${plan}\n`);
        continue;
      }
      const result = await measureRow(row, plan, context);
      results.push(result);
      verdicts.push(...judgeRow(result));
      console.log(renderRow(result));
    } catch (error) {
      failed++;
      console.log(`### ${row.name}: ${row.title}\n\nfailed: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  if (verdicts.length > 0 && !context.options.quick) console.log(`### Goals\n\n${renderVerdicts(verdicts)}\n`);
  console.error(`all figures: ${writeResults({ machine, options: context.options, results, verdicts })}`);
  return failed === 0 ? 0 : 1;
}

interface Measured {
  readonly machine: ReturnType<typeof describeMachine>;
  readonly options: BenchOptions;
  readonly results: readonly RowResult[];
  readonly verdicts: readonly Verdict[];
}

function writeResults({ machine, options, results, verdicts }: Measured): string {
  const folder = join(benchFolder, "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, "-")}.json`);
  const shown = results.map(({ plan, samples, ...rest }) => ({
    ...rest,
    parameters: plan.parameters,
    skipped: plan.skipped,
    contenders: plan.contenders.map(({ name, note }) => ({ name, note, samples: samples.get(name) })),
  }));
  const goals = verdicts.map(({ row, goal, measured, text }) => ({ row, ...goal, measured, verdict: text }));
  writeFileSync(file, `${JSON.stringify({ machine, options, rows: shown, goals }, null, 2)}\n`);
  return file;
}
