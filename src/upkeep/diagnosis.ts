/** What `batchwise doctor` looks at: whether this machine has what a job needs, and how to mend it. */

import type { Finding } from "./diagnosis-finding.ts";
import { checkHome } from "./home-checks.ts";
import { checkMachine } from "./machine-checks.ts";
import { checkPythons } from "./python-checks.ts";

/** Every finding, in the order of the reference. Nothing is changed. */
export async function diagnose(home: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  return [...checkMachine(env), ...(await checkPythons(env)), ...(await checkHome(home))];
}
