import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRequest } from "../../src/jobs/request.ts";
import { jobPaths } from "../../src/storage/job-paths.ts";
import { makeHome } from "../support/home.ts";

test("a submitted job runs detached to its end", async () => {
  const home = makeHome({ files: 25 });
  const { record, isNew, notices } = await home.submit();
  expect({ isNew, notices, stage: record.stage }).toEqual({ isNew: true, notices: [], stage: "queued" });
  const state = await home.waitUntilOver(record.name);
  expect(state).toMatchObject({ status: "Completed", resumable: false, error: null });
  expect(state.counts).toMatchObject({ listed: 25, scored: 25, rows: 25 });
  const rows = readFileSync(join(state.published!.folder, "predictions.csv"), "utf8").trimEnd().split("\n");
  expect(rows).toEqual(Array.from({ length: 25 }, (_, index) => `f${String(index).padStart(5, "0")}.txt`));
  expect(home.catalog.jobs.get(record.name)).toMatchObject({ stage: "ended", status: "Completed" });
  const request = await readRequest(home.folder(record.name), record.name);
  expect(request.origin).toMatchObject({
    endpoint: "test-endpoint",
    deployment: "blue",
    code: { name: "code", version: "1", hash: "code-1-hash", script: "score.py" },
  });
  expect(readFileSync(jobPaths(home.folder(record.name)).executionLog, "utf8")).toContain("completed");
});
