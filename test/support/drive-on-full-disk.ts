/**
 * A job on a disk that is too small at first: `node drive-on-full-disk.ts JOB.json BALLAST`. When the job says that it waits for space, the ballast is removed.
 * Prints what the job said while it waited, and the outcome, as two lines of JSON.
 */

import { readFileSync, rmSync } from "node:fs";
import { runJob } from "../../src/driver/run-job.ts";

const [jobFile = "", ballast = ""] = process.argv.slice(2);
const said = new Set<string>();
const running = runJob(JSON.parse(readFileSync(jobFile, "utf8")), {
  onProgress: ({ waitingFor }) => {
    if (waitingFor === null || !waitingFor.includes("disk is full")) return;
    said.add(waitingFor);
    rmSync(ballast, { force: true });
  },
});
const { error, ...outcome } = await running.outcome;
process.stdout.write(
  `${JSON.stringify([...said])}\n${JSON.stringify({ ...outcome, error: error?.message ?? null })}\n`,
);
