import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultHome } from "../config/setting-kinds.ts";
import { nameHome } from "./name-home.ts";

test("advice names the home of a job that does not lie where the command would look", () => {
  const advice = "mend it, then: batchwise resume j-1 --retry-failed";
  expect(nameHome(advice, "/data/my home/jobs/j-1")).toBe(
    "mend it, then: batchwise resume j-1 --home '/data/my home' --retry-failed",
  );
  expect(nameHome("batchwise replay j 17", "/data/home/jobs/j")).toBe("batchwise replay j --home /data/home 17");
  const usual = process.env.BATCHWISE_HOME || defaultHome();
  expect(nameHome(advice, join(usual, "jobs", "j-1"))).toBe(advice);
});
