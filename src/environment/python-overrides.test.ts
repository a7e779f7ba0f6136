import { describe, expect, it } from "vitest";
import { findPythonOverride } from "./python-overrides.ts";

const blue = { endpoint: "e", deployment: "blue" };

describe("the interpreter that the environment variables set", () => {
  it.each([
    [{}, null],
    [{ BATCHWISE_PYTHON: "" }, null],
    [{ BATCHWISE_PYTHON: "/a" }, "/a"],
    [{ BATCHWISE_PYTHON: "/a", BATCHWISE_PYTHONS: '{"green": "/g"}' }, "/a"],
    [{ BATCHWISE_PYTHON: "/a", BATCHWISE_PYTHONS: '{"blue": "/b"}' }, "/b"],
    [{ BATCHWISE_PYTHONS: '{"BLUE": "/b"}' }, "/b"],
    [{ BATCHWISE_PYTHONS: '{"blue": "/b", "e/blue": "/own", "f/blue": "/other"}' }, "/own"],
  ])("is with %j: %s", (env, expected) => {
    expect(findPythonOverride(env, blue)).toBe(expected);
  });

  it("does without an endpoint", () => {
    const env = { BATCHWISE_PYTHONS: '{"blue": "/b"}' };
    expect(findPythonOverride(env, { endpoint: null, deployment: "blue" })).toBe("/b");
    expect(findPythonOverride(env, { endpoint: null, deployment: null })).toBe(null);
  });

  it.each([["{"], ["[]"], ['{"blue": 1}'], ['{"blue": ""}']])("refuses %s", (text) => {
    expect(() => findPythonOverride({ BATCHWISE_PYTHONS: text }, blue)).toThrow(/BATCHWISE_PYTHONS/);
  });
});
