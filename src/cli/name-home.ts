import { dirname, resolve } from "node:path";
import { defaultHome } from "../config/setting-kinds.ts";

const commandWithJob = /batchwise (resume|replay) ([A-Za-z0-9][A-Za-z0-9._-]*)/g;

/** Adds `--home` to the commands that a text advises when the job does not lie in the home that they would look in by themselves. */
export function nameHome(text: string, jobFolder: string): string {
  const home = dirname(dirname(jobFolder));
  if (home === resolve(process.env.BATCHWISE_HOME || defaultHome())) return text;
  const quoted = /^[\w./-]+$/.test(home) ? home : `'${home.replaceAll("'", "'\\''")}'`;
  return text.replace(commandWithJob, `batchwise $1 $2 --home ${quoted}`);
}
