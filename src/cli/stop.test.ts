import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../../test/support/command.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";

/** Says that it runs, then waits for the test to let it go on, so that nothing depends on time. */
const waitingScript = `
import os, time
def init():
    pass
def run(mini_batch):
    here = os.environ["TEST_FOLDER"]
    open(os.path.join(here, "running"), "w").close()
    while not os.path.exists(os.path.join(here, "go")):
        time.sleep(0.01)
    return [os.path.basename(path) for path in mini_batch]
`;

const names = Array.from({ length: 20 }, (_, index) => `f${String(index).padStart(2, "0")}`);

let cwd: string;

beforeEach(() => {
  cwd = makeTempFolder();
  writeTree(cwd, { "code/score.py": waitingScript, ...Object.fromEntries(names.map((name) => [`in/${name}`, "x"])) });
});

const args = [
  "score",
  "--script",
  "code/score.py",
  "--input",
  "in",
  "--workers",
  "1",
  "-m",
  "1",
  "--output-path",
  "out",
];

/** Resolves once a file is there. */
async function waitForFile(name: string): Promise<void> {
  while (!existsSync(join(cwd, name))) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a job that is stopped", () => {
  test.for(["SIGINT", "SIGTERM"] as const)(
    "by %s finishes what runs, ends with 130 and goes on with resume",
    async (signal) => {
      const result = await runCommand([...args, "--name", "j"], {
        cwd,
        env: { TEST_FOLDER: cwd },
        onStart: async (child) => {
          await waitForFile("running");
          child.stderr?.on("data", (text: string) => {
            if (text.includes("stopping")) writeFileSync(join(cwd, "go"), "");
          });
          child.kill(signal);
        },
      });
      expect(result.code, result.stderr).toBe(130);
      expect(result.stdout).toMatch(/j: interrupted\n {2}items {4}1 item scored/);
      expect(result.stdout).toContain("go on with: batchwise resume j");
      expect(existsSync(join(cwd, "out"))).toBe(false);
      const resumed = await runCommand(["resume", "j", "--workers", "2"], { cwd, env: { TEST_FOLDER: cwd } });
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(readFileSync(join(cwd, "out", "predictions.csv"), "utf8")).toBe(names.map((name) => `${name}\n`).join(""));
    },
  );

  test("twice ends at once, with 130, and loses nothing", async () => {
    const result = await runCommand([...args, "--name", "j"], {
      cwd,
      env: { TEST_FOLDER: cwd },
      onStart: async (child) => {
        await waitForFile("running");
        child.stderr?.on("data", (text: string) => {
          // The script never goes on: only the second signal can end this.
          if (text.includes("stopping")) child.kill("SIGINT");
        });
        child.kill("SIGINT");
      },
    });
    expect(result.code, result.stderr).toBe(130);
    expect(result.stdout).toContain("0 items scored");
    writeFileSync(join(cwd, "go"), "");
    const resumed = await runCommand(["resume", "j"], { cwd, env: { TEST_FOLDER: cwd } });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain("20 items scored");
  });
});

test("while a job runs, neither its folder nor its output can be used by another; both are named", async () => {
  const first = await runCommand([...args, "--name", "first"], {
    cwd,
    env: { TEST_FOLDER: cwd },
    onStart: async (child) => {
      await waitForFile("running");
      try {
        const resumed = await runCommand(["resume", "first"], { cwd });
        expect(resumed.code).toBe(2);
        expect(resumed.stderr).toMatch(new RegExp(`job first is being run by process ${child.pid} on host`));
        const second = await runCommand([...args, "--name", "second"], { cwd });
        expect(second.code).toBe(2);
        expect(second.stderr).toMatch(/error: job first \(process \d+ .*is writing to .*out/);
        expect(existsSync(join(cwd, "home", "jobs", "second"))).toBe(false);
      } finally {
        writeFileSync(join(cwd, "go"), "");
      }
    },
  });
  expect(first.code, first.stderr).toBe(0);
});
