import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { jobPaths } from "../storage/job-paths.ts";
import { hasDriver, isRunning, readStartedDriver, readStartTicks, writeStartedDriver } from "./driver-process.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-driver-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a process is known by number, start and boot; a later one with its number is another", async () => {
  const folder = makeFolder();
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  writeStartedDriver(folder, child.pid!, 7);
  const started = readStartedDriver(folder)!;
  expect(started).toMatchObject({ pid: child.pid, doneBefore: 7 });
  expect(isRunning(started)).toBe(true);
  expect(hasDriver(folder)).toBe(true);
  expect(isRunning({ ...started, startTicks: `${Number(started.startTicks) - 1}` })).toBe(false);
  expect(isRunning({ ...started, boot: "another start of the machine" })).toBe(false);
  expect(isRunning({ ...started, host: `not-${hostname()}` })).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isRunning(started)).toBe(false);
  expect(hasDriver(folder)).toBe(false);
});

test("a program's name may hold brackets and blanks", async () => {
  const program = join(makeFolder(), "a ) S 1 (b");
  copyFileSync("/bin/sleep", program);
  const child = spawn(program, ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "spawn");
  const own = Number(readStartTicks(process.pid));
  expect(Number(readStartTicks(child.pid!))).toBeGreaterThanOrEqual(own);
});

test("a process that has ended and that nobody has fetched does not run any more", async () => {
  // The shell's child ends at once; the shell becomes a program that never fetches it.
  const shell = spawn("sh", ["-c", "true & echo $!; exec sleep 60"]);
  onTestFinished(() => void shell.kill("SIGKILL"));
  const [text] = await once(shell.stdout, "data");
  await expect.poll(() => readStartTicks(Number(String(text)))).toBeNull();
});

test("without driver.json, or with a broken one, there is no driver", () => {
  const folder = makeFolder();
  expect(hasDriver(folder)).toBe(false);
  writeFileSync(jobPaths(folder).driver, "{");
  expect(hasDriver(folder)).toBe(false);
});
