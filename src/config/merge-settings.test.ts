import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jobSettingTable } from "./job-setting-table.ts";
import { mergeOne, mergeSettings, readEnvironmentLayer } from "./merge-settings.ts";
import type { SettingLayer } from "./setting-layer.ts";
import { type SettingName, settingNames, settingOf } from "./settings.ts";

/** Settings that take a whole number, which makes them easy to tell apart. */
const numeric = ["miniBatchSize", "workers", "maxRetries", "errorThreshold"] as const;

function makeLayer(values: Partial<Record<SettingName, unknown>>, label = "test"): SettingLayer {
  return new Map(
    Object.entries(values).map(([name, raw]) => [name as SettingName, { raw, place: { label, baseDir: "/base" } }]),
  );
}

const required = { script: "score.py", inputs: ["in"] };

function merge(...layers: SettingLayer[]) {
  return mergeSettings([...layers, makeLayer(required)], { defaultName: "job", scriptArguments: ["--x"] });
}

describe("merged settings", () => {
  test("come from the first layer that says something, whatever the layers say", () => {
    const layer = fc.record(Object.fromEntries(numeric.map((name) => [name, fc.integer({ min: 1, max: 1000 })])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 4 }), (layers) => {
        const merged = merge(...layers.map((values) => makeLayer(values)));
        for (const name of numeric) {
          const first = layers.find((values) => values[name] !== undefined)?.[name];
          if (first !== undefined) expect(merged[name]).toBe(first);
          else if (name !== "workers") expect(merged[name]).toBe(jobSettingTable[name].default);
        }
      }),
    );
  });

  test("do not depend on how a number is written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), (workers) => {
        expect(merge(makeLayer({ workers: String(workers) }))).toEqual(merge(makeLayer({ workers })));
      }),
    );
  });

  test("run under an interpreter rather than an environment, unless the environment was named with higher rank", () => {
    const python = makeLayer({ python: "/python" });
    const environment = makeLayer({ environmentFile: "/conda.yml" });
    expect(merge(python, environment)).toMatchObject({ python: "/python", environmentFile: "/conda.yml" });
    expect(merge(environment, python)).toMatchObject({ python: null, environmentFile: "/conda.yml" });
    expect(merge(makeLayer({ python: "/python", environmentFile: "/conda.yml" })).python).toBe("/python");
  });

  test("are frozen, with what is in them", () => {
    const merged = merge();
    expect(Object.isFrozen(merged)).toBe(true);
    expect(
      Object.values(merged).filter((value) => typeof value === "object" && value !== null && !Object.isFrozen(value)),
    ).toEqual([]);
  });

  test("have absolute paths, relative to where each was written", () => {
    const merged = merge(makeLayer({ model: "m", inputs: ["a", "/b", "@list.txt", "*.png"], outputPath: "../out" }));
    expect(merged).toMatchObject({
      model: "/base/m",
      inputs: ["/base/a", "/b", "@/base/list.txt", "/base/*.png"],
      outputPath: "/out",
      script: "/base/score.py",
      codeDir: "/base",
    });
  });

  test("refuse a value only when it is the one that counts", () => {
    expect(merge(makeLayer({ workers: 2 }), makeLayer({ workers: "many" })).workers).toBe(2);
    expect(() => merge(makeLayer({ workers: "many" }), makeLayer({ workers: 2 }))).toThrow(/"many".*1 to 1024/);
  });

  test.for(["0x10", "1e3", " ", "", "1_000", "٣", "+-1", "NaN", "Infinity"])("do not take %j for a number", (raw) => {
    expect(() => merge(makeLayer({ workers: raw }))).toThrow(/is not allowed; wanted: a whole number/);
  });
});

test("environment variables are settings when they are set and not empty", () => {
  const layer = readEnvironmentLayer(
    { BATCHWISE_WORKERS: "5", BATCHWISE_HOME: "", BATCHWISE_PYTHON: "python3.12" },
    "/base",
  );
  expect([...layer.keys()]).toEqual(["workers", "python"]);
  expect(mergeOne("workers", [layer]).value).toBe(5);
  expect(mergeOne("python", [layer]).value).toBe("python3.12");
});

test("each setting has its own flag, file key and variable, and one sentence of help", () => {
  const all = settingNames.map(settingOf);
  for (const key of ["flag", "short", "fileKey", "env"] as const) {
    const used = all.map((setting) => setting[key]).filter((value) => value !== null && value !== undefined);
    expect(new Set(used).size).toBe(used.length);
  }
  for (const { help } of all) expect(help).toMatch(/^[A-Z(a-z].*\.$/);
});
