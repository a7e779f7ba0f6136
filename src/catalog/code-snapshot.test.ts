import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { readNames } from "../storage/text-paths.ts";
import { type SnapshotOptions, snapshotCode } from "./code-snapshot.ts";

let folder: string;

beforeEach(() => {
  folder = makeTempFolder();
  writeTree(folder, { "code/score.py": "print(1)", "code/lib/__init__.py": "", "code/lib/data.txt": "x" });
});

function snapshot(options: Partial<SnapshotOptions> = {}) {
  const codeDir = join(folder, "code");
  const target = join(folder, `copy-${readdirSync(folder).length}`);
  const result = snapshotCode({ codeDir, target, script: join(codeDir, "score.py"), leaveOut: [], ...options });
  return { ...result, target, list: listFiles(target) };
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

describe("the snapshot of the code folder", () => {
  test("has every file, private", () => {
    const { target, list, files, bytes } = snapshot();
    expect(list).toEqual(["lib/__init__.py", "lib/data.txt", "score.py"]);
    expect({ files, bytes }).toEqual({ files: 3, bytes: 9 });
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(statSync(join(target, "score.py")).mode & 0o777).toBe(0o600);
  });

  test("leaves out what is never code, and what belongs to the job", () => {
    writeTree(folder, {
      "code/.git/config": "",
      "code/__pycache__/score.pyc": "",
      "code/.venv/pyvenv.cfg": "",
      "code/.venv/bin/python": "",
      "code/images/1.png": "",
      "code/lib/__pycache__/x.pyc": "",
    });
    expect(snapshot({ leaveOut: [join(folder, "code", "images")] }).list).toEqual([
      "lib/__init__.py",
      "lib/data.txt",
      "score.py",
    ]);
  });

  test.for([".amlignore", ".gitignore"])("heeds %s, but always takes the script", (name) => {
    writeTree(folder, { [`code/${name}`]: "*.txt\n*.py\n!lib/__init__.py\n", "code/a.txt": "", "code/run.sh": "" });
    expect(snapshot().list).toEqual([name, "lib/__init__.py", "run.sh", "score.py"].sort());
  });

  test("takes .amlignore rather than .gitignore", () => {
    writeTree(folder, { "code/.amlignore": "", "code/.gitignore": "*" });
    expect(snapshot().list).toContain("lib/data.txt");
  });

  test("has a hash of names and contents", () => {
    const first = snapshot().sha256;
    expect(snapshot().sha256).toBe(first);
    writeFileSync(join(folder, "code", "lib", "data.txt"), "y");
    const second = snapshot().sha256;
    expect(second).not.toBe(first);
    execFileSync("mv", [join(folder, "code", "lib", "data.txt"), join(folder, "code", "lib", "data2.txt")]);
    expect(snapshot().sha256).not.toBe(second);
  });

  test("follows links, leaves out dangling ones and pipes, and ends loops", () => {
    symlinkSync(join(folder, "code", "lib"), join(folder, "code", "again"));
    symlinkSync("nowhere", join(folder, "code", "dangling"));
    execFileSync("mkfifo", [join(folder, "code", "pipe")]);
    expect(snapshot().list).toEqual([
      "again/__init__.py",
      "again/data.txt",
      "lib/__init__.py",
      "lib/data.txt",
      "score.py",
    ]);
    symlinkSync(join(folder, "code"), join(folder, "code", "lib", "loop"));
    expect(snapshot().list).not.toContain("lib/loop/score.py");
  });

  test("has files whose names are not UTF-8", () => {
    writeFileSync(Buffer.concat([Buffer.from(`${join(folder, "code")}/odd-`), Buffer.from([0xff])]), "odd");
    const { target } = snapshot();
    expect(readNames(target)).toContain("odd-\udcff");
  });

  test("of too many files or bytes is refused", () => {
    expect(() => snapshot({ limits: { files: 2, bytes: 1000 } })).toThrow(/more than 2 files/);
    const large = join(folder, "code", "large.bin");
    writeFileSync(large, "");
    execFileSync("truncate", ["-s", "301M", large]);
    expect(() => snapshot()).toThrow(/has more than 300 MiB/);
  });

  test("does not touch the code folder", () => {
    mkdirSync(join(folder, "code", "empty"));
    const before = listFiles(join(folder, "code"));
    snapshot();
    expect(listFiles(join(folder, "code"))).toEqual(before);
    expect(readFileSync(join(folder, "code", "score.py"), "utf8")).toBe("print(1)");
    expect(existsSync(join(folder, "code", "empty"))).toBe(true);
  });
});
