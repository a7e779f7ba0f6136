/** Calls that are killed while they submit: a job comes about whole, or not at all. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeHome } from "../support/home.ts";
import { Random } from "../support/random.ts";

const program = fileURLToPath(new URL("../support/submit-many.ts", import.meta.url));

test("a call that is killed at any moment leaves a whole job or none, and the same call again finds or makes it", {
  timeout: 120_000,
}, async () => {
  const home = makeHome({ files: 3, maxJobs: 4 });
  const random = new Random(7);
  const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`);
  for (const key of keys) {
    const child = spawn(process.execPath, [program, home.home, home.input, "1", key], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdin.on("error", () => {});
    child.stdin.write("go\n");
    await delay(random.integer(0, 80));
    child.kill("SIGKILL");
    await ended;
  }
  const survivors = new Map(home.catalog.jobs.list().map((record) => [record.clientKey, record.name]));
  const names: string[] = [];
  for (const key of keys) {
    const { record, isNew } = await home.submit({ clientKey: key });
    expect(isNew).toBe(!survivors.has(key));
    if (!isNew) expect(record.name).toBe(survivors.get(key));
    names.push(record.name);
  }
  for (const name of names) {
    expect(await home.waitUntilOver(name, 60_000)).toMatchObject({ status: "Completed", counts: { rows: 3 } });
  }
  expect(home.catalog.jobs.list()).toHaveLength(keys.length);
  // Drafts of the killed are gone; a folder that was named but never entered has no ledger, and nobody starts it.
  const known = new Set(home.catalog.jobs.list().map(({ name }) => name));
  const others = readdirSync(join(home.home, "jobs")).filter((name) => !known.has(name));
  expect(others.filter((name) => name.startsWith("."))).toEqual([]);
  for (const name of others) expect(existsSync(join(home.folder(name), "ledger.sqlite"))).toBe(false);
});
