import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { settingNames, settingOf } from "../config/settings.ts";
import { expandOptions, type KnownOption } from "./expand-options.ts";

const options: KnownOption[] = [
  { names: ["--input"], takesValue: true },
  { names: ["--input-type"], takesValue: true },
  { names: ["--include"], takesValue: true },
  { names: ["--file", "-f"], takesValue: true },
  { names: ["--dry-run"], takesValue: false },
];

describe("long options", () => {
  test.for([
    [
      ["--inc", "x"],
      ["--include", "x"],
    ],
    [
      ["--input", "x"],
      ["--input", "x"],
    ],
    [
      ["--input-", "x"],
      ["--input-type", "x"],
    ],
    [["--inc=x=y"], ["--include", "x=y"]],
    [
      ["-f", "x"],
      ["--file", "x"],
    ],
    [["-fx"], ["--file", "x"]],
    [["-f=x"], ["--file", "x"]],
    [
      ["--file", "-1"],
      ["--file", "-1"],
    ],
    [
      ["--file", "-rf"],
      ["--file", "-rf"],
    ],
    [["--file="], ["--file", ""]],
    [
      ["--d", "a", "--", "--d", "-x"],
      ["--dry-run", "a", "--", "--d", "-x"],
    ],
    [["-"], ["-"]],
  ] as const)("%j", ([args, expanded]) => {
    expect(expandOptions(args, options).map((arg) => (arg === "-f" ? "--file" : arg))).toEqual(expanded);
  });

  test.for([
    [["--in", "x"], /ambiguous option: --in could match --input, --input-type, --include/],
    [["--inptu", "x"], /there is no option --inptu/],
    [["-x"], /there is no option -x/],
    [["--file"], /--file needs a value$/],
    [["--file", "--dry-run"], /--file needs a value, and --dry-run follows/],
    [["--file", "--"], /--file needs a value/],
    [["--dry-run=yes"], /--dry-run takes no value/],
  ] as const)("%j is refused", ([args, message]) => {
    expect(() => expandOptions(args, options)).toThrow(message);
  });

  test("every prefix of every option is that option, or ambiguous, or another option's exact name", () => {
    const known = settingNames
      .map(settingOf)
      .map(({ flag, kind }) => ({ names: [flag], takesValue: kind.placeholder !== null }));
    const flags = known.flatMap(({ names }) => names);
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(30), (option, length) => {
        const flag = option.names[0] as string;
        const prefix = flag.slice(0, Math.max(3, length));
        const matches = flags.filter((each) => each.startsWith(prefix));
        const args = option.takesValue ? [prefix, "value"] : [prefix];
        if (flags.includes(prefix as never))
          expect(
            expandOptions(
              [prefix, ...(known.find(({ names }) => names[0] === prefix)?.takesValue ? ["v"] : [])],
              known,
            )[0],
          ).toBe(prefix);
        else if (matches.length === 1) expect(expandOptions(args, known)[0]).toBe(flag);
        else expect(() => expandOptions(args, known)).toThrow(/ambiguous/);
      }),
    );
  });

  test("values are left as they are, whatever they are", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(expandOptions([`--file=${value}`], options)).toEqual(["--file", value]);
      }),
    );
  });
});
