/**
 * `npm run chaos`: the long runs. Each prints its seed, and the same seed repeats its schedule; `--job N` repeats one job or case of it.
 *
 *     npm run chaos -- --kills 20000        drivers, guardians and workers are killed at random moments
 *     npm run chaos -- --syscalls           every k-th system call fails or kills
 *     npm run chaos -- --power              every state that a power cut may leave
 *     npm run chaos -- --mutations          every byte of rows file and ledger, three ways
 *     npm run chaos -- --accounting 5000    random jobs against a model
 *     npm run chaos -- --figures            restart, deadline, one bad item
 *
 * `--record` keeps the result for docs/reliability.md. Without a kind: 500 kills.
 */

import { parseArgs } from "node:util";
import { recordChaos } from "./last-results.ts";
import { type LongRun, longRuns } from "./long-runs.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    syscalls: { type: "boolean" },
    power: { type: "boolean" },
    mutations: { type: "boolean" },
    accounting: { type: "string" },
    figures: { type: "boolean" },
    seed: { type: "string" },
    job: { type: "string" },
    lanes: { type: "string", default: "2" },
    stride: { type: "string", default: "1" },
    record: { type: "boolean", default: false },
  },
});
const numbers = [values.kills, values.accounting, values.seed, values.job, values.lanes, values.stride];
if (numbers.some((text) => text !== undefined && !/^\d+$/.test(text))) {
  process.stderr.write(
    "usage: npm run chaos -- [--kills N | --accounting N | …] [--seed S] [--job N] [--lanes N]: whole numbers\n",
  );
  process.exit(2);
}

const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const kinds = (["kills", "syscalls", "power", "mutations", "accounting", "figures"] as const).filter(
  (kind) => values[kind],
);
let failed = 0;
for (const kind of kinds.length === 0 ? (["kills"] as const) : kinds) {
  const run: LongRun = longRuns[kind];
  const started = performance.now();
  process.stdout.write(`${kind}: seed ${seed}\n`);
  const { result, problems } = await run({
    seed,
    count: Number(values[kind === "accounting" ? "accounting" : "kills"] ?? 500),
    lanes: Number(values.lanes),
    stride: Number(values.stride),
    job: values.job === undefined ? null : Number(values.job),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  failed += problems.length;
  const minutes = (performance.now() - started) / 60_000;
  const text = `${result}, ${problems.length} failures, ${minutes.toFixed(1)} minutes`;
  process.stdout.write(`${text}\n`);
  const amount = kind === "kills" || kind === "accounting" ? ` ${values[kind] ?? 500}` : "";
  if (values.record)
    recordChaos({ what: run.title, command: `npm run chaos -- --${kind}${amount}`, result: text, seed });
}
process.stdout.write(`${failed === 0 ? 1 : 0} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
