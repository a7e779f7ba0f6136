import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { BatchwiseError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import { writeStartedDriver } from "./driver-process.ts";
import { jobFolderOf } from "./home.ts";

/** The command's entry beside this folder: source or build, whichever this is. */
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../cli/main.ts" : "../cli/main.js", import.meta.url),
);

/**
 * Starts a process that drives the job, in a session of its own: it outlives this one and its terminal. It is named in `driver.json` before this returns, so that
 * nobody starts a second one; the caller sees to it that the job has none.
 *
 * @param doneBefore mini-batches that are done already
 */
export function startDriver(home: string, name: string, doneBefore: number): number {
  const folder = jobFolderOf(home, name);
  const paths = jobPaths(folder);
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const output = openSync(paths.driverOutput, "a", 0o600);
  try {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", entry, "drive-job", name, "--home", home],
      {
        cwd: folder,
        detached: true,
        stdio: ["ignore", output, output],
        env: { ...process.env, ...passCompileCache() },
      },
    );
    // Without a listener an error that comes later would end this process; the missing number tells it at once.
    child.on("error", () => {});
    if (child.pid === undefined) {
      throw new BatchwiseError(
        "driver_unstartable",
        `cannot start a driver for job ${name}: ${process.execPath} does not start`,
        {
          hint: `nothing is lost; try again: batchwise job resume --name ${name}`,
        },
      );
    }
    child.unref();
    writeStartedDriver(folder, child.pid, doneBefore);
    return child.pid;
  } finally {
    closeSync(output);
  }
}

/** The cache of compiled code that this process uses, for the driver too: it saves a third of its start. `main.ts` takes the variables away again. */
function passCompileCache(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder), BATCHWISE_COMPILE_CACHE: "1" };
}
