/**
 * One of many processes that submit the same job at once: `node submit-many.ts HOME INPUT CALLS CLIENT_KEY`. It prints "ready", waits for a line on stdin, makes
 * all its calls side by side, and prints the names of the jobs it was given.
 */

import { once } from "node:events";
import { openCatalog } from "../../src/catalog/catalog.ts";
import { submitJob } from "../../src/jobs/submit-job.ts";

const [home, input, calls, clientKey] = process.argv.slice(2) as [string, string, string, string];
const catalog = openCatalog(home);
const deployment = catalog.deployments.get("test-endpoint", "blue")!;
process.stdout.write("ready\n");
await once(process.stdin, "data");
const submissions = await Promise.all(
  Array.from({ length: Number(calls) }, () =>
    submitJob(catalog, home, {
      deployment,
      inputs: [{ name: "input", type: null, value: input }],
      clientKey,
      cwd: input,
      env: process.env,
      batchwiseVersion: "0.0.0-test",
    }),
  ),
);
catalog.close();
process.stdout.write(`${JSON.stringify(submissions.map(({ record, isNew }) => ({ name: record.name, isNew })))}\n`);
process.exit(0);
