import { readFileSync } from "node:fs";
import { freezeSettings } from "../config/freeze-settings.ts";
import { BatchwiseError, isSystemError } from "../errors.ts";
import { jobPaths } from "../storage/job-paths.ts";
import type { JobRequest } from "./job-request.ts";

/** Raised when an older Batchwise could not run the job any more. */
export const requestVersion = 1;

/** The text of `job.json`. */
export function formatRequest(request: JobRequest): string {
  return `${JSON.stringify(request, null, 2)}\n`;
}

/** Reads and checks `job.json`. Throws `job_not_found`, `job_version` or `job_request_damaged`. */
export async function readRequest(folder: string, name: string): Promise<JobRequest> {
  const path = jobPaths(folder).request;
  const raw = readJson(path, name);
  const version = typeof raw === "object" && raw !== null && "version" in raw ? raw.version : null;
  if (typeof version === "number" && version > requestVersion) {
    throw new BatchwiseError(
      "job_version",
      `job ${name} was made by a newer Batchwise (format ${version}; this one reads ${requestVersion})`,
      {
        hint: "use the Batchwise that made it, or a newer one",
      },
    );
  }
  // Loaded only here: a new job needs no schema, and the library takes 25 ms to start.
  const { checkRequest } = await import("./request-schema.ts");
  const checked = checkRequest(raw);
  if (typeof checked === "string") throw damaged(path, checked);
  return { ...checked, settings: freezeSettings(checked.settings) };
}

function readJson(path: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) {
      throw new BatchwiseError("job_not_found", `there is no job ${name}: ${path} does not exist`, {
        hint: "job names are the folders below jobs/ in the home folder; --home or BATCHWISE_HOME names another home",
      });
    }
    throw damaged(path, error instanceof Error ? error.message : String(error));
  }
}

function damaged(path: string, what: string): BatchwiseError {
  return new BatchwiseError("job_request_damaged", `cannot use ${path}: ${what}`, {
    hint: "the file was edited or damaged; restore it, or start the job anew",
  });
}
