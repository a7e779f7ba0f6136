/** `npm run chaos -- --kills N [--seed S]`: the long form of the kill test. Prints the seed; the same seed repeats the schedule. */
import { parseArgs } from "node:util";
import { countKills, runRandomKills } from "./random-kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "500" },
    seed: { type: "string" },
    job: { type: "string" },
    lanes: { type: "string", default: "3" },
  },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const kills = Number(values.kills);
process.stdout.write(`seed ${seed}, ${kills} kills\n`);
const started = performance.now();
const report = await runRandomKills({
  seed,
  kills,
  lanes: Number(values.lanes),
  ...(values.job ? { job: Number(values.job) } : {}),
});
const minutes = (performance.now() - started) / 60_000;
for (const problem of report.problems) process.stdout.write(`problem: ${problem}; repeat with --seed ${seed}\n`);
console.log(report.kills, report.restarts);
process.stdout.write(
  `${countKills(report)} kills in ${report.jobs} jobs, ${Math.round(countKills(report) / minutes)} a minute\n`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
