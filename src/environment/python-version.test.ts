import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, meetsCondition, parsePythonVersion, parseVersionCondition } from "./python-version.ts";

const versions = fc.tuple(fc.constant(3), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }));

function meets(version: string, condition: string): boolean {
  const parsed = parseVersionCondition(condition);
  if (parsed === null) throw new Error(`"${condition}" was not understood`);
  return meetsCondition(parsePythonVersion(version) ?? [], parsed);
}

describe("versions of Python", () => {
  it.each([
    ["3.11.7", [3, 11, 7]],
    ["3.13.0rc1", [3, 13, 0]],
    ["3.12", [3, 12]],
    ["2.7.18", [2, 7, 18]],
  ])("reads %s", (text, version) => expect(parsePythonVersion(text)).toEqual(version));

  it("tells text that is no version", () => expect(parsePythonVersion("PyPy")).toBeNull());

  it("compares as numbers and agrees with itself in both directions", () => {
    expect(compareVersions([3, 9], [3, 10])).toBeLessThan(0);
    fc.assert(
      fc.property(
        versions,
        versions,
        (a, b) => Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a)) || compareVersions(a, b) === 0,
      ),
    );
  });
});

describe("conditions on the version of Python", () => {
  it.each([
    ["3.8.18", "=3.8.5", true],
    ["3.8.18", "==3.8", true],
    ["3.8.18", "3.8.*", true],
    ["3.8.18", "=3.8=h12debd9_0", true],
    ["3.9.1", "=3.8.5", false],
    ["3.13.0", "=3.1", false],
    ["3.11.7", ">=3.9,<3.12", true],
    ["3.12.0", ">=3.9,<3.12", false],
    ["3.12.1", ">=3.9,!=3.12.*", false],
    ["3.11.7", "<=3.11", true],
    ["3.11.7", ">3.11", false],
    ["3.12.0", ">3.11", true],
    ["3.11.7", "~=3.9", true],
    ["4.0.0", "~=3.9", false],
    ["3.11.7", "=3", true],
  ])("%s under %s: %s", (version, condition, expected) => expect(meets(version, condition)).toBe(expected));

  it.each(["", "three", ">=", "3.8|3.9"])("cannot read %j", (text) => expect(parseVersionCondition(text)).toBeNull());

  it("is met by any patch release of an exact version", () => {
    fc.assert(fc.property(versions, fc.nat(50), ([a, b, c], patch) => meets(`${a}.${b}.${patch}`, `=${a}.${b}.${c}`)));
  });
});
