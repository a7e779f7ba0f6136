import { describe, expect, test } from "vitest";
import { AzError } from "./az-error.ts";
import { applyGenericChanges, type GenericChanges } from "./generic-update.ts";

function change(object: object, changes: Partial<GenericChanges>): unknown {
  return applyGenericChanges(object, { set: [], add: [], remove: [], forceString: false, ...changes });
}

describe("--set of the update verbs", () => {
  test("takes JSON where it can be read so, else text", () => {
    const object = { a: 0, b: 0, c: 0, d: 0 };
    expect(change(object, { set: ["a=5", "b=[1,2]", "c={}", "d=x=y"] })).toEqual({ a: 5, b: [1, 2], c: {}, d: "x=y" });
    expect(change(object, { set: ["a=5"], forceString: true })).toMatchObject({ a: "5" });
  });

  test("makes a level that is null, and refuses one that is missing in az's words", () => {
    expect(change({ defaults: null }, { set: ["defaults.deployment_name=d"] })).toEqual({
      defaults: { deployment_name: "d" },
    });
    expect(() => change({ authMode: 1 }, { set: ["nn.x=1"] })).toThrow(
      "Couldn't find 'nn' in 'nn'. Available options: ['authMode']",
    );
  });

  test("addresses places of a list by number and by what is in them", () => {
    const object = { l: [{ k: "a" }, { k: "b" }] };
    expect(change(object, { set: ["l[0].x=1", "l[k=b].x=2"] })).toEqual({
      l: [
        { k: "a", x: 1 },
        { k: "b", x: 2 },
      ],
    });
    expect(() => change(object, { set: ["l[7].x=1"] })).toThrow("index 7 doesn't exist on l");
  });

  test("finds a key however it is spelled, and a bare key sets the empty text", () => {
    expect(change({ miniBatchSize: 1 }, { set: ["mini_batch_size=5"] })).toEqual({ miniBatchSize: 5 });
    expect(change({ description: "x" }, { set: ["description"] })).toEqual({ description: "" });
  });

  test("leaves the original and every prototype alone", () => {
    const object = { a: 1 };
    change(object, { set: ['__proto__={"x":1}', 'a={"__proto__": {"y": 1}}'] });
    expect(object).toEqual({ a: 1 });
    expect("x" in {} || "y" in {}).toBe(false);
  });
});

describe("--add and --remove", () => {
  test("values come at the end, words k=v that follow each other are one object", () => {
    expect(change({ l: [1] }, { add: [["l", "2", "a=1", "b=x", "y"]] })).toEqual({ l: [1, 2, { a: 1, b: "x" }, "y"] });
    expect(change({ l: null }, { add: [["l", "2"]] })).toEqual({ l: [2] });
    expect(() => change({ l: "x" }, { add: [["l", "2"]] })).toThrow("'l' is not a list");
  });

  test("a key or a place of a list goes, and what is missing is refused", () => {
    expect(change({ tags: { a: 1, b: 2 }, l: [1, 2] }, { remove: [["tags.a"], ["l", "0"]] })).toEqual({
      tags: { b: 2 },
      l: [2],
    });
    for (const words of [["tags.z"], ["l", "5"], ["nothing.there"]]) {
      expect(() => change({ tags: {}, l: [] }, { remove: [words] })).toThrow(AzError);
    }
  });
});
