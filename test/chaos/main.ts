/** `npm run chaos -- --kills N [--seed S]`: the long form of the kill test. Prints the seed; the same seed repeats the schedule. */

import { parseArgs } from "node:util";
import { runRandomKills } from "./random-kills.ts";

const { values } = parseArgs({ options: { kills: { type: "string", default: "500" }, seed: { type: "string" } } });
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const kills = Number(values.kills);
if (!Number.isInteger(seed) || !Number.isInteger(kills) || kills < 1) {
  process.stderr.write("usage: npm run chaos -- [--kills N] [--seed S], both whole numbers\n");
  process.exit(2);
}

process.stdout.write(`seed ${seed}, ${kills} kills\n`);
const started = performance.now();
const report = await runRandomKills({
  seed,
  kills,
  onJob: ({ jobs, kills, restarts }) => process.stdout.write(`${jobs} jobs, ${kills} kills, ${restarts} restarts\n`),
});
const minutes = (performance.now() - started) / 60_000;
for (const problem of report.problems) process.stdout.write(`problem: ${problem}; repeat with --seed ${seed}\n`);
process.stdout.write(`${report.kills} kills in ${report.jobs} jobs, ${Math.round(report.kills / minutes)} a minute\n`);
process.stdout.write(`${report.jobs - report.problems.length} passed, ${report.problems.length} failed\n`);
process.exitCode = report.problems.length === 0 ? 0 : 1;
