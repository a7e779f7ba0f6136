import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const runFile = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const bin = join(root, "bin", "batchwise");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

let folder = "";
let env: NodeJS.ProcessEnv = {};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "batchwise-bin-"));
  // The Node that a machine has: too old, and of no use for anything but its version.
  const old = join(folder, "old-node");
  mkdirSync(old);
  writeFileSync(join(old, "node"), '#!/bin/sh\n[ "$*" = --version ] && echo v20.20.2 && exit 0\nexit 99\n', {
    mode: 0o755,
  });
  env = { ...process.env, PATH: [old, "/usr/bin", "/bin"].join(delimiter) };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the command runs in another working directory, with an old Node first in PATH", async () => {
  const { stdout } = await runFile(bin, ["--version"], { cwd: folder, env });
  expect(stdout.trim()).toBe(version);
});

test("the command runs through symbolic links, absolute and relative, and links to links", async () => {
  symlinkSync(bin, join(folder, "absolute"));
  symlinkSync("absolute", join(folder, "relative"));
  for (const name of ["absolute", "relative"]) {
    const { stdout } = await runFile(join(folder, name), ["--version"], { cwd: folder, env });
    expect(stdout.trim()).toBe(version);
  }
});

test("the command runs when it is found in PATH", async () => {
  const { stdout } = await runFile("batchwise", ["--version"], {
    cwd: folder,
    env: { ...env, PATH: `${join(root, "bin")}${delimiter}${env.PATH}` },
  });
  expect(stdout.trim()).toBe(version);
});

test("the command runs from a folder with spaces and quotes in its name", async () => {
  const odd = join(folder, `it's an "odd" name`);
  symlinkSync(root, odd);
  const { stdout } = await runFile(join(odd, "bin", "batchwise"), ["--version"], { cwd: folder, env });
  expect(stdout.trim()).toBe(version);
});
