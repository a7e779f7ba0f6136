import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import type { JobSettings } from "../config/job-settings.ts";
import { mergeSettings } from "../config/merge-settings.ts";
import { draftJob } from "./create-job.ts";
import { makeJobName } from "./job-name.ts";
import { readRequest } from "./request.ts";
import { changeRequest } from "./resume-request.ts";

const python = { executable: "/usr/bin/python3", version: "3.11.2" };

let folder: string;
let home: string;

beforeEach(() => {
  folder = makeTempFolder();
  home = join(folder, "home");
  writeTree(folder, { "code/score.py": "print(1)", "code/data/in.txt": "x", "model/w.bin": "12" });
});

function settingsOf(values: Record<string, unknown> = {}): JobSettings {
  const given = { script: "code/score.py", inputs: ["code/data"], model: "model", name: "j", ...values };
  const layer = new Map(
    Object.entries(given).map(([name, raw]) => [name, { raw, place: { label: name, baseDir: folder } }]),
  );
  return mergeSettings([layer as never], { defaultName: "x", scriptArguments: ["--a", "b"] });
}

const draft = (settings = settingsOf()) => draftJob({ settings, home, batchwiseVersion: "0.1.0" });

describe("a job folder", () => {
  test("appears whole, private, under its name", async () => {
    const settings = settingsOf();
    const making = draft(settings);
    expect(readdirSync(join(home, "jobs"))).toEqual([expect.stringMatching(/^\.j\.partial-/)]);
    const { folder: made, request } = making.commit(python);
    expect(readdirSync(join(home, "jobs"))).toEqual(["j"]);
    expect(readdirSync(made).sort()).toEqual(["code", "job.json", "model"]);
    expect(readdirSync(join(made, "code"))).toEqual(["score.py"]);
    expect(readdirSync(join(made, "model"))).toEqual(["model"]);
    for (const path of ["", "code", "model"]) expect(statSync(join(made, path)).mode & 0o777).toBe(0o700);
    expect(statSync(join(made, "job.json")).mode & 0o777).toBe(0o600);
    const read = await readRequest(made, "j");
    expect(read).toEqual(request);
    expect(read.settings).toEqual(settings);
    expect(read.code).toMatchObject({ folder: "code", script: "score.py", files: 1 });
  });

  test("is not made under a name in use, neither at the beginning nor at the end", () => {
    const late = draft();
    draft().commit(python);
    expect(() => draft()).toThrow(/there is a job j already/);
    expect(() => late.commit(python)).toThrow();
  });

  test("that is not finished leaves nothing, and after a kill goes with the next job", () => {
    draft().discard();
    expect(readdirSync(join(home, "jobs"))).toEqual([]);
    const dead = spawnSync("true").pid;
    mkdirSync(join(home, "jobs", `.old.partial-${dead}-0123abcd`));
    draft().commit(python);
    expect(readdirSync(join(home, "jobs"))).toEqual(["j"]);
  });

  test("that cannot be made is an error with a hint", () => {
    expect(() => draftJob({ settings: settingsOf(), home: "/proc/nowhere", batchwiseVersion: "0" })).toThrow(
      /cannot make the job folder/,
    );
    writeFileSync(home, "a file");
    expect(() => draft()).toThrow(/cannot make the job folder/);
  });
});

describe("job.json", () => {
  test.for([
    ["not JSON", () => "{", /cannot use .*job\.json/],
    [
      "of a newer Batchwise",
      (text: string) => text.replace('"version": 1', '"version": 2'),
      /newer Batchwise \(format 2/,
    ],
    ["with an unknown key", (text: string) => text.replace('"version": 1', '"version": 1, "extra": 1'), /extra/],
    ["with a wrong value", (text: string) => text.replace('"workers": ', '"workers": -'), /workers/],
  ] as const)("%s is refused", async ([, change, message]) => {
    const { folder: made } = draft().commit(python);
    const path = join(made, "job.json");
    writeFileSync(path, change(readFileSync(path, "utf8")));
    await expect(readRequest(made, "j")).rejects.toThrow(message);
  });

  test("that is not there means that there is no such job", async () => {
    await expect(readRequest(join(home, "jobs", "none"), "none")).rejects.toThrow(/there is no job none/);
  });
});

describe("a resumed job", () => {
  const flagsOf = (values: Record<string, unknown>) =>
    new Map(
      Object.entries(values).map(([name, raw]) => [name, { raw, place: { label: name, baseDir: folder } }]),
    ) as never;

  test("keeps its request when nothing is changed", async () => {
    const { folder: made, request } = draft().commit(python);
    const before = readFileSync(join(made, "job.json"), "utf8");
    expect(await changeRequest(made, request, flagsOf({}), async () => python)).toEqual(request);
    expect(readFileSync(join(made, "job.json"), "utf8")).toBe(before);
  });

  test("takes changed settings, and a new script beside the old one", async () => {
    const { folder: made, request } = draft(settingsOf({ environmentVariables: ["A=1", "B=2"] })).commit(python);
    writeTree(folder, { "code/score.py": "print(2)", "code/other.py": "print(3)" });
    const flags = flagsOf({ workers: "7", timeoutMs: "1.5", environmentVariables: ["B=3"], script: "code/other.py" });
    const changed = await changeRequest(made, request, flags, async () => python);
    expect(changed.settings).toMatchObject({
      workers: 7,
      timeoutMs: 1500,
      environmentVariables: { A: "1", B: "3" },
      miniBatchSize: 10,
    });
    expect(changed.code).toMatchObject({ folder: "code-2", script: "other.py" });
    expect(readFileSync(join(made, "code", "score.py"), "utf8")).toBe("print(1)");
    expect(readFileSync(join(made, "code-2", "other.py"), "utf8")).toBe("print(3)");
    expect(await readRequest(made, "j")).toEqual(changed);
  });

  test("is as it was when a check fails", async () => {
    const { folder: made, request } = draft().commit(python);
    const before = readFileSync(join(made, "job.json"), "utf8");
    await expect(changeRequest(made, request, flagsOf({ script: "nope.py" }), async () => python)).rejects.toThrow(
      /nope\.py/,
    );
    const failing = changeRequest(made, request, flagsOf({ script: "code/score.py" }), () =>
      Promise.reject(new Error("no Python")),
    );
    await expect(failing).rejects.toThrow("no Python");
    expect(readFileSync(join(made, "job.json"), "utf8")).toBe(before);
    expect(readdirSync(made).sort()).toEqual(["code", "job.json", "model"]);
  });
});

test("a default name sorts by time", () => {
  const early = makeJobName(new Date(2026, 10, 23, 7, 4, 5));
  expect(early).toMatch(/^score-20261123-070405-[a-z2-9]{4}$/);
  expect(early < makeJobName(new Date(2026, 10, 23, 17, 0, 0))).toBe(true);
});
