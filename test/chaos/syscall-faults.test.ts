import { expect, test } from "vitest";
import { Random } from "../support/random.ts";
import { findStraceProblem } from "./strace.ts";
import { prepareBench, type SyscallReport, syscallFaults, tryFault } from "./syscall-faults.ts";

/** About how many calls of each kind a tiny job makes in the thread that makes the most; a random one of them is hit. */
const typicalCalls: Readonly<Record<string, number>> = {
  write: 8,
  pwrite64: 90,
  fdatasync: 2,
  fsync: 45,
  rename: 4,
  openat: 40,
  ftruncate: 2,
  unlink: 3,
  unlinkat: 6,
  mkdir: 10,
};

test("a system call of each kind fails once, for ever, or kills the driver; the resumed job leaves the right output", {
  timeout: 300_000,
}, async (context) => {
  const problem = findStraceProblem();
  if (problem !== null) context.skip(`${problem}: nothing was tested`);
  const seed = Date.now() % 2 ** 31;
  const random = new Random(seed);
  const report: SyscallReport = { runs: 0, injected: 0, problems: [], endings: new Map() };
  const bench = await prepareBench();
  try {
    const faults = Object.entries(syscallFaults).flatMap(([call, kinds]) =>
      [random.pick(kinds), "KILL"].map((fault) => ({
        call,
        fault,
        when: fault === "KILL" ? ("once" as const) : random.pick(["once", "for ever"] as const),
        k: random.integer(1, typicalCalls[call] ?? 1),
        killRecoveryAt: random.integer(0, 6),
      })),
    );
    const lane = async () => {
      for (let fault = faults.pop(); fault !== undefined; fault = faults.pop()) await tryFault(fault, bench, report);
    };
    await Promise.all([lane(), lane()]);
  } finally {
    bench.remove();
  }
  expect(report.problems, `seed ${seed}`).toEqual([]);
  expect(report.injected).toBeGreaterThan(5);
});
