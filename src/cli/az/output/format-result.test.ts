import { describe, expect, test } from "vitest";
import type { OutputFormat } from "../global-options.ts";
import { type FormatOptions, formatResult } from "./format-result.ts";
import { checkQuery } from "./query.ts";

function format(value: unknown, as: OutputFormat, options: Partial<FormatOptions> = {}): Promise<string> {
  return formatResult(value, { format: as, query: null, table: undefined, isColoured: false, ...options });
}

const id = "/subscriptions/0/resourceGroups/my-group/providers/x/y/z";

describe("json", () => {
  test("keys are sorted, resource groups added at every level, text is not escaped", async () => {
    const text = await format({ name: "ü", id: `azureml:${id}`, inner: { id }, list: [] }, "json");
    expect(text).toBe(
      `{\n  "id": "azureml:${id}",\n  "inner": {\n    "id": "${id}",\n    "resourceGroup": "my-group"\n  },\n  "list": [],\n  "name": "ü",\n  "resourceGroup": "my-group"\n}\n`,
    );
  });

  test("the keys of a query are sorted too, and a result of null is no byte at all", async () => {
    expect(await format({ a: 1, b: 2 }, "json", { query: "{z: a, y: b}" })).toBe('{\n  "y": 2,\n  "z": 1\n}\n');
    expect(await format({ a: 1 }, "json", { query: "nothing" })).toBe("");
    expect(await format(null, "json")).toBe("");
    expect(await format(undefined, "table")).toBe("");
  });

  test("jsonc has colours only where it may", async () => {
    expect(await format({ a: "b" }, "jsonc")).toBe('{\n  "a": "b"\n}\n');
    expect(await format({ a: "b" }, "jsonc", { isColoured: true })).toContain("\u001b[");
  });
});

describe("tsv", () => {
  test.each<[unknown, string | null, string]>([
    ["text", null, "text\n"],
    [true, null, "true\n"],
    [3, null, "3\n"],
    [{ b: 1, a: "x", l: [1, 2], o: { x: 1 }, n: null, t: true }, null, "x\t1\t2\tNone\t\tTrue\n"],
    [[{ name: "a" }, { name: "b" }], "[*].[name]", "a\nb\n"],
    [[{ name: "a" }, { name: "b" }], "[].name", "a\nb\n"],
    [[{ a: 1, b: 2 }], "[].{b: b, a: a}", "2\t1\n"],
    [[null, true], null, "None\ntrue\n"],
    [[], null, ""],
    [[], "[].name", ""],
  ])("%j with %j", async (value, query, expected) => {
    expect(await format(value, "tsv", { query })).toBe(expected);
  });
});

describe("table", () => {
  test("ids, types, nulls, lists and objects are left out; headings begin with a capital", async () => {
    const rows = [
      { id, name: "a", type: "t", scoring_uri: null, auth_mode: "aad", tags: {} },
      { id, name: "longer", type: "t", scoring_uri: "u", auth_mode: "x", tags: {} },
    ];
    expect(await format(rows, "table")).toBe(
      [
        "Auth_mode    Name    ResourceGroup    Scoring_uri",
        "-----------  ------  ---------------  -------------",
        "aad          a       my-group",
        "x            longer  my-group         u",
        "",
      ].join("\n"),
    );
  });

  test("a query fixes the order of the columns, a command may too", async () => {
    expect(await format([{ name: "a", size: 1 }], "table", { query: "[].{Size: size, Name: name}" })).toBe(
      "Size    Name\n------  ------\n1       a\n",
    );
    const table = (row: Readonly<Record<string, unknown>>) => ({ Status: row.status, Name: row.name });
    expect(await format([{ name: "a", status: "Done" }], "table", { table })).toBe(
      "Status    Name\n--------  ------\nDone      a\n",
    );
  });

  test("scalars stand below Result, inner lists below Column1, and an empty list is one empty line", async () => {
    expect(await format("x", "table")).toBe("Result\n--------\nx\n");
    expect(await format([{ name: "a" }], "table", { query: "[*].[name]" })).toBe("Column1\n---------\na\n");
    expect(await format([], "table")).toBe("\n");
  });
});

describe("yaml", () => {
  test("block style, keys sorted, what YAML 1.1 would misread is quoted, a bare scalar ends with ...", async () => {
    expect(await format({ b: ["x", "1"], a: "yes", c: { d: null } }, "yaml")).toBe(
      "a: 'yes'\nb:\n- x\n- '1'\nc:\n  d: null\n",
    );
    expect(await format("x", "yaml")).toBe("x\n...\n");
  });
});

describe("--query", () => {
  test("one that cannot be read ends with 2, one that fails on the result with 1", async () => {
    expect(() => checkQuery("a[")).toThrow(expect.objectContaining({ exitCode: 2 }));
    await expect(format({ a: 1 }, "json", { query: "sort(a)" })).rejects.toMatchObject({ exitCode: 1 });
    expect(() => checkQuery("sort(a)")).not.toThrow();
  });

  test.each([
    ["{Name:name, Defaults:defaults}", { Defaults: { deployment_name: "d" }, Name: "n" }],
    ["services.Studio.endpoint", "u"],
    ["list[?name=='x'][name]", [["x"]]],
  ])("%s, as public scripts write it", async (query, expected) => {
    const object = {
      name: "n",
      defaults: { deployment_name: "d" },
      services: { Studio: { endpoint: "u" } },
      list: [{ name: "x" }],
    };
    expect(JSON.parse(await format(object, "json", { query }))).toEqual(expected);
  });
});
