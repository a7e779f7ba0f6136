/** The kinds of long runs that `npm run chaos` knows; each tells its problems as it meets them, and ends with its figures in words. */

import { spawn } from "node:child_process";
import { runAccounting } from "./accounting.ts";
import { badItemKinds, measureBadItem, measureOvershoot, measureRestart, type Quantiles } from "./figures.ts";
import type { MutationReport } from "./mutations.ts";
import { runPowerLoss } from "./power-loss.ts";
import { countKills, runRandomKills } from "./random-kills.ts";
import { findStraceProblem } from "./strace.ts";
import { runSyscallFaults } from "./syscall-faults.ts";

export interface LongRunOptions {
  readonly seed: number;
  readonly count: number;
  readonly lanes: number;
  readonly stride: number;
  readonly job: number | null;
  say(line: string): void;
}

export interface LongRunResult {
  readonly result: string;
  readonly problems: readonly string[];
}

export interface LongRun {
  readonly title: string;
  (options: LongRunOptions): Promise<LongRunResult>;
}

/** A line of progress this often. */
const sayEvery = 100;

export const longRuns = {
  kills: name("random kills", async ({ seed, count, lanes, job, say }) => {
    const started = performance.now();
    const teller = tellProblems(say);
    const report = await runRandomKills({
      seed,
      kills: count,
      lanes: lanes + 1,
      ...(job === null ? {} : { job }),
      onJob: (now) =>
        teller(now.problems, now.jobs, `${now.jobs} jobs, ${countKills(now)} kills, ${now.restarts} restarts`),
    });
    teller(report.problems, 1, "");
    const kills = countKills(report);
    const perMinute = Math.round(kills / ((performance.now() - started) / 60_000));
    const kinds = Object.entries(report.kills).map(([target, times]) => `${target} ${times}`);
    return {
      result: `${kills} kills (${kinds.join(", ")}) in ${report.jobs} jobs, ${perMinute} a minute`,
      problems: report.problems,
    };
  }),
  syscalls: name("k-th system call", async ({ seed, lanes, stride, say }) => {
    const problem = findStraceProblem();
    if (problem !== null) return { result: problem, problems: [problem] };
    const teller = tellProblems(say);
    const report = await runSyscallFaults({
      seed,
      stride,
      lanes,
      onRun: (now) => teller(now.problems, now.runs, `${now.runs} runs, ${now.injected} faults`),
    });
    const endings = [...report.endings].map(([ending, times]) => `${ending} ${times}`).join(", ");
    return { result: `${report.injected} faults in ${report.runs} runs (${endings})`, problems: report.problems };
  }),
  power: name("power loss", async ({ seed, lanes, stride, say }) => {
    const problem = findStraceProblem();
    if (problem !== null) return { result: problem, problems: [problem] };
    const teller = tellProblems(say);
    const report = await runPowerLoss({
      seed,
      stride,
      mixtures: 2,
      lanes,
      onState: (now) => teller(now.problems, now.states, `${now.states} states`),
    });
    teller(report.problems, 1, "");
    return { result: `${report.states} states at ${report.moments} moments`, problems: report.problems };
  }),
  mutations: name("damaged bytes", async ({ seed, lanes, stride, say }) => {
    const parts = await Promise.all(
      Array.from({ length: lanes }, (_, part) => runMutationPart({ seed, stride, part, parts: lanes }, say)),
    );
    const sum = (key: "cases" | "same" | "recovered") => parts.reduce((all, part) => all + part[key], 0);
    const problems = parts.flatMap((part) => part.problems);
    const refused = sum("cases") - sum("same") - sum("recovered") - problems.length;
    return {
      result: `${sum("cases")} mutations: ${sum("recovered")} recovered, ${refused} refused, ${sum("same")} without a change`,
      problems,
    };
  }),
  accounting: name("accounting against a model", async ({ seed, count, lanes, job, say }) => {
    const teller = tellProblems(say);
    const report = await runAccounting({
      seed,
      runs: count,
      lanes,
      ...(job === null ? {} : { job }),
      onRun: (now) => teller(now.problems, now.runs, `${now.runs} jobs`),
    });
    const endings = [...report.endings].map(([ending, times]) => `${ending} ${times}`).join(", ");
    return { result: `${report.runs} jobs (${endings})`, problems: report.problems };
  }),
  figures: name("figures", async ({ say }) => {
    const problems: string[] = [];
    const parts: string[] = [];
    const note = (part: string, isMet: boolean) => {
      say(part);
      parts.push(part);
      if (!isMet) problems.push(part);
    };
    const restart = await measureRestart(200);
    note(`worker death to next run ${describe(restart)}`, restart.p99Ms <= 1_000);
    const overshoot = await measureOvershoot(100);
    note(
      `deadline overshot by ${describe(overshoot)}, ${overshoot.left} processes left`,
      overshoot.p99Ms <= 2_000 && overshoot.left === 0,
    );
    for (const kind of badItemKinds) {
      const { reported, extraRuns, allowedRuns } = await measureBadItem(kind);
      note(
        `one bad item in 10,000 (${kind}): ${reported} reported, ${extraRuns} extra runs of ${allowedRuns}`,
        reported === 1 && extraRuns <= allowedRuns,
      );
    }
    return { result: parts.join("; "), problems };
  }),
} satisfies Record<string, LongRun>;

function name(title: string, run: (options: LongRunOptions) => Promise<LongRunResult>): LongRun {
  return Object.assign((options: LongRunOptions) => run(options), { title });
}

function describe({ runs, medianMs, p99Ms, maxMs }: Quantiles): string {
  return `median ${medianMs} ms, p99 ${p99Ms} ms, most ${maxMs} ms (${runs} times)`;
}

/** Says each problem once, and a line of progress now and then. */
function tellProblems(
  say: (line: string) => void,
): (problems: readonly string[], done: number, progress: string) => void {
  let told = 0;
  return (problems, done, progress) => {
    for (; told < problems.length; told++) say(`problem: ${problems[told]}`);
    if (progress !== "" && done % sayEvery === 0) say(progress);
  };
}

interface MutationPart {
  readonly seed: number;
  readonly stride: number;
  readonly part: number;
  readonly parts: number;
}

/** Mutations keep a processor busy without a pause, so each part has a process of its own. */
function runMutationPart(options: MutationPart, say: (line: string) => void): Promise<Omit<MutationReport, "refused">> {
  const code = `
    import { runMutations } from ${JSON.stringify(new URL("./mutations.ts", import.meta.url).href)};
    let told = 0;
    const report = runMutations({ ...${JSON.stringify(options)}, onCase: (now) => {
      for (; told < now.problems.length; told++) console.log("problem: " + now.problems[told]);
      if (now.cases % 30000 === 0) console.log(now.cases + " mutations");
    } });
    console.log("report: " + JSON.stringify(report));`;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      const lines = text.split("\n");
      text = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("report: ")) resolve(JSON.parse(line.slice("report: ".length)));
        else say(line);
      }
    });
    child.on("close", (exit) => reject(new Error(`mutations ended with ${exit}`)));
  });
}
