import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AzError } from "./az-error.ts";
import { defineCommand, number, requiredText, text, toggle, wordGroups, words } from "./command.ts";
import { parseOptions } from "./parse-options.ts";

const command = defineCommand({
  summary: "for tests",
  options: {
    name: requiredText(["--name", "-n"], "Name."),
    input: text(["--input"], "Input.", { oldNames: ["--input-path"] }),
    inputType: text(["--input-type"], "Type.", { choices: ["uri_folder", "uri_file"] }),
    inputs: text(["--inputs"], "Inputs."),
    size: number(["--mini-batch-size", "-m"], "Size."),
    set: words(["--set"], "Set."),
    add: wordGroups(["--add"], "Add."),
    noWait: toggle(["--no-wait"], "Do not wait."),
  },
  examples: [],
  run: async () => null,
});

function read(...args: string[]) {
  return parseOptions(args, command);
}

function refusal(...args: string[]): AzError {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof AzError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the forms of options", () => {
  test.each([
    [["--name", "v"]],
    [["--name=v"]],
    [["-n", "v"]],
    [["-nv"]],
    [["-n=v"]],
    [["--nam", "v"]],
    [["--na=v"]],
    [["-n", "w", "--name", "v"]],
  ])("%j gives the name", (args) => {
    expect(read(...args).values.name).toBe("v");
  });

  test("any value comes through as it is, in each form that can carry it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(read(`--name=${value}`).values.name).toBe(value);
        expect(read(`-n=${value}`).values.name).toBe(value);
        if (!value.startsWith("-")) {
          expect(read("--name", value).values.name).toBe(value);
          expect(read("--set", value, "-n", "x").values.set).toEqual([value]);
        }
      }),
    );
  });

  test("an exact name wins over longer ones, and a prefix of several is ambiguous", () => {
    expect(read("-n", "v", "--input", "x").values).toMatchObject({ input: "x", inputs: null, inputType: null });
    expect(refusal("-n", "v", "--inp", "x")).toMatchObject({
      exitCode: 2,
      message: "ambiguous option: --inp could match --input, --input-type, --inputs",
    });
  });

  test("an old name works when it is written in full, and makes no prefix ambiguous", () => {
    expect(read("-n", "v", "--input-path", "x").values.input).toBe("x");
    expect(read("-n", "v", "--input-", "uri_file").values.inputType).toBe("uri_file");
  });

  test("--set takes words up to the next option, and collects; --add keeps its uses apart", () => {
    const { values } = read("--set", "a=1", "b=2", "-n", "v", "--set", "c=3", "--add", "l", "x", "--add", "m", "y");
    expect(values).toMatchObject({
      name: "v",
      set: ["a=1", "b=2", "c=3"],
      add: [
        ["l", "x"],
        ["m", "y"],
      ],
    });
  });

  test("-o works with the value stuck to it and in any case", () => {
    expect(read("-n", "v", "-otsv").globals.output).toBe("tsv");
    expect(read("-n", "v", "-o", "TABLE").globals.output).toBe("table");
    expect(read("-n", "v", "--out", "Json").globals.output).toBe("json");
  });

  test("a negative number and a text with spaces are values", () => {
    expect(read("-n", "v", "-m", "-1").values.size).toBe(-1);
    expect(read("-n", "-a b").values.name).toBe("-a b");
  });

  test("address options are taken and left aside", () => {
    expect(read("-n", "v", "-g", "rg", "-w", "ws", "--subscription", "s", "--registry-name", "r").values.name).toBe(
      "v",
    );
  });
});

describe("wrong use ends with 2, in az's words", () => {
  test.each([
    [[], "the following arguments are required: --name/-n"],
    [["-n", "v", "--bogus", "3"], "unrecognized arguments: --bogus 3"],
    [["-n", "v", "--no-wait", "true"], "unrecognized arguments: true"],
    [["-n", "v", "extra"], "unrecognized arguments: extra"],
    [["-n"], "argument --name/-n: expected one argument"],
    [["-n", "--no-wait"], "argument --name/-n: expected one argument"],
    [["-n", "v", "--set"], "argument --set: expected at least one argument"],
    [["-n", "v", "--no-wait=1"], "argument --no-wait: ignored explicit argument '1'"],
    [["-n", "v", "-m", "ten"], "argument --mini-batch-size/-m: invalid int value: 'ten'"],
    [
      ["-n", "v", "--input-type", "mltable"],
      "'mltable' is not a valid value for '--input-type'. Allowed values: uri_folder, uri_file.",
    ],
  ])("%j", (args, message) => {
    expect(refusal(...args)).toMatchObject({ exitCode: 2, message });
  });

  test("with -h nothing is required", () => {
    expect(read("-h").globals.help).toBe(true);
    expect(read("--bogus", "--help").globals.help).toBe(true);
  });
});
