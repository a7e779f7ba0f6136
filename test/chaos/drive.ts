/**
 * A driver in a process of its own, so that it can be killed: `node drive.ts JOB.json`, where the file holds a DriverJob. It takes the locks that a command
 * takes, and tells what happens as lines on stdout: `begin` (the job's code is loaded), `first-commit`, `phase running`…, and last the outcome as JSON.
 */

import { readFileSync, writeSync } from "node:fs";
import type { DriverJob } from "../../src/driver/job-outcome.ts";
import { runJob } from "../../src/driver/run-job.ts";
import { BatchwiseError } from "../../src/errors.ts";
import { lockJob, lockOutput } from "../../src/jobs/job-lock.ts";

const job: DriverJob = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
let phase = "";
let waitingFor: string | null = null;
say("begin");
try {
  const locks = [lockJob(job.folder, job.settings.name)];
  if (job.settings.outputPath !== null) locks.push(lockOutput(job.settings.outputPath, job.settings.name));
  const running = runJob(job, {
    onFirstCommit: () => say("first-commit"),
    onProgress: (snapshot) => {
      if (snapshot.phase !== phase) say(`phase ${snapshot.phase}`);
      if (snapshot.waitingFor !== waitingFor && snapshot.waitingFor !== null) say(`waiting ${snapshot.waitingFor}`);
      phase = snapshot.phase;
      waitingFor = snapshot.waitingFor;
    },
  });
  process.on("SIGINT", () => running.drain());
  process.on("SIGTERM", () => running.stopNow());
  const { error, ...outcome } = await running.outcome;
  for (const lock of locks) lock.release();
  say(JSON.stringify({ ...outcome, error: describeError(error) }));
} catch (error) {
  say(JSON.stringify({ status: "Refused", error: describeError(error) }));
}

/** Written at once, so that a kill right after finds it said. */
function say(line: string): void {
  try {
    writeSync(1, `${line}\n`);
  } catch {
    // Nobody listens any more.
  }
}

function describeError(error: unknown) {
  if (error === null) return null;
  if (error instanceof BatchwiseError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  return { code: "crashed", message: error instanceof Error ? String(error.stack) : String(error), hint: null };
}
