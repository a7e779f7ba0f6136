import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../test/support/command.ts";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { diagnose } from "./diagnosis.ts";

async function findByName(home: string, env: NodeJS.ProcessEnv = process.env) {
  return Object.fromEntries((await diagnose(home, env)).map((finding) => [finding.name, finding]));
}

test("doctor looks at everything, changes nothing, and says so as JSON too", async () => {
  const folder = makeTempFolder();
  const text = await runCommand(["doctor"], { cwd: folder });
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^ok {4}node /m);
  expect(text.stdout).toMatch(/0 failures\n$/);
  const json = JSON.parse((await runCommand(["doctor", "-o", "json"], { cwd: folder })).stdout);
  const names = json.map(({ name }: { name: string }) => name);
  for (const name of ["node", "python", "builder", "conda", "disk", "/dev/shm", "open files", "git", "sqlite", "home"])
    expect(names).toContain(name);
  expect(existsSync(join(folder, "home"))).toBe(false);
});

test("doctor says how to mend a home folder that others can change, or that is a file", async () => {
  const folder = makeTempFolder();
  const home = join(folder, "home");
  mkdirSync(home);
  chmodSync(home, 0o777);
  expect((await findByName(home)).home).toMatchObject({ status: "warn", remedy: `chmod 700 ${home}` });
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect((await findByName(file)).home).toMatchObject({ status: "fail" });
});

test("doctor says when there is no Python, no way to build environments, no git", async () => {
  const folder = makeTempFolder();
  const found = await findByName(folder, { PATH: folder, HOME: folder });
  expect(found.python).toMatchObject({ status: "fail" });
  expect(found.builder).toMatchObject({ status: "fail" });
  expect(found.git).toMatchObject({ status: "warn" });
  for (const { status, remedy } of Object.values(found)) expect(remedy === null).toBe(status === "ok");
});

test("a catalog that cannot be opened is a failure, and the exit code says so", async () => {
  const folder = makeTempFolder();
  mkdirSync(join(folder, "home"));
  writeFileSync(
    join(folder, "home/catalog.sqlite"),
    "no database at all, but long enough to be looked at as one".repeat(20),
  );
  const { code, stdout } = await runCommand(["doctor"], { cwd: folder });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^fail {2}catalog/m);
});
