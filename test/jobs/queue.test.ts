import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { findDriverPid } from "../../src/jobs/driver-process.ts";
import { healJobs } from "../../src/jobs/queue.ts";
import { makeHome, type TestHome } from "../support/home.ts";
import { Random } from "../support/random.ts";

/** Writes down when it begins and ends to score, in one file for all jobs: lines are short, so that appending is atomic. */
const timedScript = `
import os, time
def init():
    note("begin")
def note(what):
    with open(os.environ["TEST_TIMES"], "a") as file:
        file.write("%s %s %.6f\\n" % (what, os.environ["BATCHWISE_JOB"], time.time()))
def run(mini_batch):
    time.sleep(0.02)
    return [os.path.basename(path) for path in mini_batch]
def shutdown():
    note("end")
`;

interface Span {
  readonly job: string;
  readonly begin: number;
  end: number;
}

/** One span for each worker that came to its end; a killed one is known by its successor. */
function readSpans(file: string): Span[] {
  const spans: Span[] = [];
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const [what, job, time] = line.split(" ") as [string, string, string];
    if (what === "begin") spans.push({ job, begin: Number(time), end: Number.NaN });
    else spans.findLast((span) => span.job === job)!.end = Number(time);
  }
  return spans;
}

function countMostAtOnce(spans: readonly Span[]): number {
  const finished = spans.filter((span) => !Number.isNaN(span.end));
  return Math.max(
    ...finished.map(({ begin }) => finished.filter((other) => other.begin <= begin && begin < other.end).length),
  );
}

function makeTimedHome(files: number): { home: TestHome; times: string } {
  const home = makeHome({ files });
  const times = join(home.home, "times");
  home.deploy("blue", timedScript, { environmentVariables: { TEST_TIMES: times }, miniBatchSize: 2, autoResume: true });
  return { home, times };
}

async function submitTwenty(home: TestHome): Promise<string[]> {
  const deployment = home.catalog.deployments.get("test-endpoint", "blue")!;
  const names = Array.from({ length: 20 }, (_, index) => `job-${String(index).padStart(2, "0")}`);
  for (const name of names) await home.submit({ deployment, name });
  return names;
}

test("20 jobs on 2 slots: all complete, in order, never more than 2 at once", { timeout: 120_000 }, async () => {
  const { home, times } = makeTimedHome(10);
  const names = await submitTwenty(home);
  // Nobody looks: each job that ends starts the next.
  await expect
    .poll(() => home.catalog.jobs.get(names.at(-1)!)?.stage, { timeout: 90_000, interval: 200 })
    .toBe("ended");
  for (const name of names) {
    const state = await home.waitUntilOver(name);
    expect(state.status).toBe("Completed");
    expect(state.counts?.rows).toBe(10);
  }
  const spans = readSpans(times);
  expect(spans).toHaveLength(20);
  expect(countMostAtOnce(spans)).toBeLessThanOrEqual(2);
  // Two that run side by side may overtake each other between start and init(); nobody else may.
  for (const [index, { job }] of spans.entries()) expect(Math.abs(names.indexOf(job) - index)).toBeLessThanOrEqual(1);
});

test("the same while running drivers are killed ten times", { timeout: 180_000 }, async () => {
  const { home, times } = makeTimedHome(40);
  const names = await submitTwenty(home);
  const random = new Random(20261123);
  const done = new Map<string, number>();
  let kills = 0;
  let mostDrivers = 0;
  const giveUpAt = Date.now() + 170_000;
  while (names.some((name) => home.catalog.jobs.get(name)?.stage !== "ended")) {
    if (Date.now() > giveUpAt) throw new Error("the jobs do not come to an end");
    healJobs(home.catalog);
    const drivers = names.flatMap((name) => {
      const record = home.catalog.jobs.get(name)!;
      const pid = record.stage === "started" ? findDriverPid(home.folder(name)) : null;
      return pid === null ? [] : [{ name, pid }];
    });
    mostDrivers = Math.max(mostDrivers, drivers.length);
    // Only a job that has got on since it was killed last: one that never does is given up after three times.
    const victims = drivers.filter(
      ({ name }) => (home.state(name).counts?.miniBatchesDone ?? 0) > (done.get(name) ?? 0),
    );
    if (kills < 10 && victims.length > 0) {
      const { name, pid } = random.pick(victims);
      done.set(name, home.state(name).counts!.miniBatchesDone);
      process.kill(pid, "SIGKILL");
      kills++;
    }
    await delay(random.integer(20, 120));
  }
  expect(kills).toBe(10);
  // A driver that has let go of its job starts the next one before it ends.
  expect(mostDrivers).toBeLessThanOrEqual(4);
  const expected = Array.from({ length: 40 }, (_, index) => `f${String(index).padStart(5, "0")}.txt\n`).join("");
  for (const name of names) {
    const state = home.state(name);
    expect(state.status).toBe("Completed");
    expect(readFileSync(join(state.published!.folder, "predictions.csv"), "utf8")).toBe(expected);
  }
  const spans = readSpans(times);
  expect(countMostAtOnce(spans)).toBeLessThanOrEqual(2);
  const firsts = [...new Set(spans.map((span) => span.job))];
  for (const [index, job] of firsts.entries()) expect(Math.abs(names.indexOf(job) - index)).toBeLessThanOrEqual(1);
});

test("a job that dies again and again without getting on is resumed three times, and then left", {
  timeout: 60_000,
}, async () => {
  const home = makeHome({
    files: 2,
    script: `
import os, signal
def init():
    with open(os.environ["TEST_STARTS"], "a") as file: file.write("x")
    # Above the worker is its guardian, above that the driver.
    with open("/proc/%d/stat" % os.getppid()) as file: driver = int(file.read().rsplit(")", 1)[1].split()[1])
    os.kill(driver, signal.SIGKILL)
def run(mini_batch): return mini_batch
`,
  });
  const starts = join(home.home, "starts");
  const deployment = home.deploy("deadly", readFileSync(join(home.home, "code", "code-1", "score.py"), "utf8"), {
    autoResume: true,
    environmentVariables: { TEST_STARTS: starts },
  });
  const { record } = await home.submit({ deployment });
  const state = await home.waitUntilOver(record.name);
  expect(state).toMatchObject({ status: "NotResponding", resumable: true, error: { code: "driver_gone" } });
  expect(state.resumeCommand).toBe(`batchwise job resume --name ${record.name}`);
  expect(readFileSync(starts, "utf8")).toBe("xxxx");
  expect(healJobs(home.catalog).started).toEqual([]);
});
