import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { readLockHolder, takeLock } from "../storage/os-lock.ts";
import { lockJob, lockOutput } from "./job-lock.ts";

/** Another process that holds a lock until it is killed. */
async function holdElsewhere(call: string): Promise<() => Promise<void>> {
  const module = new URL("./job-lock.ts", import.meta.url).href;
  const code = `const { lockJob, lockOutput } = await import(${JSON.stringify(module)}); ${call}; console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
}

describe("the lock of a job", () => {
  test("is held against another process, which is named, and dies with it", async () => {
    const folder = makeTempFolder();
    const kill = await holdElsewhere(`lockJob(${JSON.stringify(folder)}, "nightly")`);
    expect(() => lockJob(folder, "nightly")).toThrow(/job nightly is being run by process \d+ on host .+ since 20/);
    await kill();
    lockJob(folder, "nightly").release();
  });

  test("can be taken again after its release", () => {
    const folder = makeTempFolder();
    for (let round = 0; round < 3; round++) {
      const lock = lockJob(folder, "j");
      expect(readLockHolder(join(folder, "lock.sqlite"))).toMatchObject({ pid: process.pid, holder: "j" });
      lock.release();
      lock.release();
    }
  });
});

describe("the lock of an output folder", () => {
  test("is held against another job, which is named, and leaves nothing", async () => {
    const folder = makeTempFolder();
    const out = join(folder, "results", "out");
    const kill = await holdElsewhere(`lockOutput(${JSON.stringify(out)}, "first")`);
    expect(() => lockOutput(out, "second")).toThrow(/job first \(process \d+ .*is writing to .*out/);
    await kill();
    mkdirSync(out);
    const lock = lockOutput(out, "second");
    lock.release();
    expect(readdirSync(join(folder, "results"))).toEqual(["out"]);
  });

  test("takes back the folders that it made, when nothing came into them", () => {
    const folder = makeTempFolder();
    lockOutput(join(folder, "a", "b", "out"), "j").release();
    expect(readdirSync(folder)).toEqual([]);
    const lock = lockOutput(join(folder, "a", "b", "out"), "j");
    mkdirSync(join(folder, "a", "b", "out"));
    lock.release();
    expect(existsSync(join(folder, "a", "b", "out"))).toBe(true);
  });

  test("is not taken twice while holders come and go and remove the file", async () => {
    const folder = makeTempFolder();
    const path = join(folder, "lock");
    let held = 0;
    const compete = async () => {
      for (let round = 0; round < 50; round++) {
        const lock = takeLock(path, { holder: "x", removeAtRelease: true });
        if (lock !== null) {
          held += 1;
          expect(held).toBe(1);
          await new Promise(setImmediate);
          held -= 1;
          lock.release();
        }
        await new Promise(setImmediate);
      }
    };
    await Promise.all([compete(), compete(), compete()]);
  });
});
