/**
 * The accounting against a model: random inputs, scripts and settings are run for real, and a few lines predict which items are scored, failed and skipped, what the
 * output holds, and how the job ends. A case is made from seed and number, so that one can be repeated alone: `--accounting --seed S --job N`.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runJob } from "../../src/driver/run-job.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { Random } from "../support/random.ts";
import { makeChaosJob } from "./chaos-job.ts";
import { listContents } from "./list-contents.ts";

/** What an input file says, and the script does when it comes to it. */
const kinds = ["fine", "file", "slow", "leak", "two", "none", "raise", "exit", "segfault", "hang"] as const;
type Kind = (typeof kinds)[number];

/** Items that make run() fail. */
const fatal: ReadonlySet<Kind> = new Set(["raise", "exit", "segfault", "hang"]);

const script = `
import ctypes, os, sys, time
leaked = []
def init():
    global out
    out = os.environ["AZUREML_BI_OUTPUT_PATH"]
def run(mini_batch):
    rows = []
    for path in mini_batch:
        name = os.path.basename(path)
        with open(path) as f: kind = f.read().split()[0]
        if kind == "raise": raise ValueError("cannot read " + name)
        if kind == "exit": os._exit(3)
        if kind == "segfault": ctypes.string_at(0)
        if kind == "hang":
            while True: pass
        if kind == "slow": time.sleep(0.02)
        if kind == "leak": leaked.append(bytearray(4 << 20))
        if kind == "file":
            with open(os.path.join(out, name + ".out"), "w") as f: f.write(name)
        if kind != "none": rows.append(name + " " + kind)
        if kind == "two": rows.append(name + " again")
    return rows
`;

interface Case {
  readonly items: readonly { readonly path: string; readonly kind: Kind }[];
  /** Dangling links, which the listing skips. */
  readonly links: readonly string[];
  readonly miniBatchSize: number;
  readonly workers: number;
  readonly maxRetries: number;
  readonly errorThreshold: number;
  readonly isolateFailures: boolean;
}

/** What the model says, and what was found. `null` where nothing is predicted. */
interface Account {
  readonly status: string;
  readonly counts: {
    readonly listed: number;
    readonly scored: number;
    readonly failed: number;
    readonly skipped: number;
  } | null;
  readonly output: readonly (readonly [string, string])[];
  /** Names of failed items; those that only got no row have none. */
  readonly failed: readonly string[] | null;
}

export interface AccountingReport {
  runs: number;
  readonly problems: string[];
  readonly endings: Map<string, number>;
}

export interface AccountingOptions {
  readonly seed: number;
  readonly runs: number;
  readonly limitMs?: number;
  readonly lanes?: number;
  /** Only the case with this number. */
  readonly job?: number;
  onRun?(report: AccountingReport): void;
}

/** Runs cases until there were enough; goes on after a problem. */
export async function runAccounting(options: AccountingOptions): Promise<AccountingReport> {
  const report: AccountingReport = { runs: 0, problems: [], endings: new Map() };
  const root = mkdtempSync(join(tmpdir(), "batchwise-account-"));
  const startedMs = performance.now();
  const last = options.job ?? options.runs - 1;
  let next = options.job ?? 0;
  const lane = async () => {
    while (next <= last && performance.now() - startedMs < (options.limitMs ?? Number.POSITIVE_INFINITY)) {
      const number = next++;
      const example = makeCase(new Random(Math.imul(options.seed, 0x9e3779b1) + number));
      const wanted = predict(example);
      const found = await runCase(example, join(root, String(number)));
      report.runs++;
      report.endings.set(found.status, (report.endings.get(found.status) ?? 0) + 1);
      for (const key of ["status", "counts", "output", "failed"] as const) {
        const [is, should] = [JSON.stringify(found[key]), JSON.stringify(wanted[key])];
        if (wanted[key] === null || is === should) continue;
        report.problems.push(`case ${number}: ${key} is ${is}, the model says ${should}; ${JSON.stringify(example)}`);
      }
      rmSync(join(root, String(number)), { recursive: true, force: true });
      options.onRun?.(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.lanes ?? 2 }, lane));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return report;
}

/** At most three fatal items: what isolation may spend is bounded, and the model does not count it. */
function makeCase(random: Random): Case {
  const folders = ["", "", "a/", "a/b/", "b c/", "é/", "-rf/", "z.d/deep/er/"];
  const paths = new Set<string>();
  for (let count = random.integer(1, random.pick([3, 12, 40])); count > 0; count--) {
    paths.add(
      `${random.pick(folders)}${random.pick(["x", "Y", "ü", "a b", "'", "%00", "日"])}${random.integer(0, 99)}-${count}`,
    );
  }
  const allowsHang = random.integer(1, 10) === 1;
  let fatalLeft = random.integer(0, 3);
  const items = [...paths].map((path) => {
    let kind = random.pick(kinds);
    if (fatal.has(kind) && (fatalLeft === 0 || (kind === "hang" && !allowsHang))) kind = "fine";
    if (fatal.has(kind)) fatalLeft--;
    return { path, kind };
  });
  return {
    items,
    links: Array.from({ length: random.integer(0, 2) }, (_, index) => `${random.pick(folders)}link-${index}`),
    miniBatchSize: random.integer(1, 8),
    workers: random.integer(1, 3),
    maxRetries: random.integer(0, 1),
    errorThreshold: random.pick([-1, -1, -1, 0, 1, 3]),
    isolateFailures: random.integer(0, 3) > 0,
  };
}

/** The model. */
function predict({ items, links, miniBatchSize, errorThreshold, isolateFailures }: Case): Account {
  const sorted = [...items].sort((a, b) => comparePaths(a.path, b.path));
  const batches: Case["items"][] = [];
  for (let at = 0; at < sorted.length; at += miniBatchSize) batches.push(sorted.slice(at, at + miniBatchSize));
  const isBad = ({ kind }: { kind: Kind }) => fatal.has(kind);
  const runs = batches.flatMap((batch) => {
    if (!batch.some(isBad)) return [batch];
    return isolateFailures ? takeApart(batch) : [];
  });
  const given = runs.flat();
  const scored = runs.reduce((sum, run) => {
    const elements = run.reduce((all, { kind }) => all + (kind === "none" ? 0 : kind === "two" ? 2 : 1), 0);
    return sum + Math.min(elements, run.length);
  }, 0);
  const counts = { listed: items.length + links.length, scored, failed: items.length - scored, skipped: links.length };
  const failed = sorted.filter((item) => !given.includes(item)).map(({ path }) => path);
  if (errorThreshold >= 0 && counts.failed > errorThreshold)
    return { status: "Failed error_threshold_exceeded", counts: null, output: [], failed: null };
  if (scored === 0) return { status: "Failed all_items_failed", counts, output: [], failed };
  return { status: "Completed", counts, output: makeOutput(given), failed };
}

/** The runs that succeed when a mini-batch is halved until the bad items stand alone. */
function takeApart(batch: Case["items"]): Case["items"][] {
  if (!batch.some(({ kind }) => fatal.has(kind))) return [batch];
  if (batch.length === 1) return [];
  const middle = Math.floor(batch.length / 2);
  return [...takeApart(batch.slice(0, middle)), ...takeApart(batch.slice(middle))];
}

function makeOutput(given: Case["items"]): [string, string][] {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const rows = given.flatMap(({ path, kind }) => {
    if (kind === "none") return [];
    return kind === "two" ? [`${name(path)} two\n`, `${name(path)} again\n`] : [`${name(path)} ${kind}\n`];
  });
  const files = given
    .filter(({ kind }) => kind === "file")
    .map(({ path }): [string, string] => [`${name(path)}.out`, name(path)]);
  return [...files, ["predictions.csv", rows.join("")] as [string, string]]
    .map(([file, text]): [string, string] => [file, Buffer.from(text).toString("latin1")])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Folder by folder, in the order of the bytes. */
function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = Buffer.compare(Buffer.from(left[at]!), Buffer.from(right[at]!));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

async function runCase(example: Case, folder: string): Promise<Account> {
  const input = join(folder, "input");
  mkdirSync(input, { recursive: true });
  for (const { path, kind } of example.items) {
    mkdirSync(dirname(join(input, path)), { recursive: true });
    writeFileSync(join(input, path), kind);
  }
  for (const link of example.links) {
    mkdirSync(dirname(join(input, link)), { recursive: true });
    symlinkSync("nowhere", join(input, link));
  }
  const { miniBatchSize, workers, maxRetries, errorThreshold, isolateFailures } = example;
  const settings = { miniBatchSize, workers, maxRetries, errorThreshold, isolateFailures, timeoutMs: 500 };
  const job = makeChaosJob(join(folder, "job"), input, { ...settings, onConflict: "last" }, script);
  const { status, listed, scored, failed, skipped, error } = await runJob(job).outcome;
  const paths = jobPaths(job.folder);
  const failedItems =
    failed === 0
      ? []
      : readFileSync(paths.failedItems, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as { path: string | null })
          .flatMap(({ path }) => (path === null ? [] : [path.slice(input.length + 1)]))
          .sort(comparePaths);
  return {
    status: error === null ? status : `${status} ${error.code}`,
    counts: { listed, scored, failed, skipped },
    output: listContents(paths.defaultOutput),
    failed: failedItems,
  };
}
