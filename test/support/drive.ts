/** A driver in a process of its own, so that it can be killed: `node drive.ts JOB.json`, where the file holds a DriverJob. Prints the outcome as one line of JSON. */

import { readFileSync } from "node:fs";
import { runJob } from "../../src/driver/run-job.ts";

const job = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const running = runJob(job, { onFirstCommit: () => process.stdout.write("first-commit\n") });
process.on("SIGINT", () => running.drain());
process.on("SIGTERM", () => running.stopNow());
try {
  const { error, ...outcome } = await running.outcome;
  process.stdout.write(
    `${JSON.stringify({ ...outcome, error: error === null ? null : { code: error.code, message: error.message } })}\n`,
  );
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ status: "Crashed", error: { message: error instanceof Error ? error.stack : String(error) } })}\n`,
  );
  process.exitCode = 1;
}
