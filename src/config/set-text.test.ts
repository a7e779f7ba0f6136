import { expect, test } from "vitest";
import { BatchwiseError } from "../errors.ts";
import { applySetTexts, makeEmptyFile, parseKeyPath, parseSetWords } from "./set-text.ts";
import { parseYaml, toPlain } from "./yaml.ts";

function setOn(yaml: string, ...words: string[]): unknown {
  return toPlain(applySetTexts(parseYaml(yaml, "file.yml"), parseSetWords(words)).root);
}

test("--set puts text in, replaces what is there and makes missing levels", () => {
  expect(setOn("a: 1\nb: {c: 2, d: 3}", "a=x", "b.c=7", "e.f.g=h=i", "j=")).toEqual({
    a: "x",
    b: { c: "7", d: 3 },
    e: { f: { g: "h=i" } },
    j: "",
  });
});

test("--set takes an escaped dot as part of a name, and places in lists, missing ones filled with nothing", () => {
  expect(parseKeyPath("a\\.b.c[2][0].d")).toEqual(["a.b", "c", 2, 0, "d"]);
  expect(setOn("l: [1]", "l[2].x=y", "tags.a\\.b=c")).toEqual({ l: [1, null, { x: "y" }], tags: { "a.b": "c" } });
});

test("--set below a value that is nothing yet makes the map", () => {
  expect(setOn("a:", "a.b=c")).toEqual({ a: { b: "c" } });
  expect(toPlain(applySetTexts(makeEmptyFile("/x"), parseSetWords(["name=n"])).root)).toEqual({ name: "n" });
});

test("--set below a reference is refused in az's words", () => {
  expect(() => setOn("model: azureml:m:1", "model.path=x")).toThrow(
    "Cannot use '--set' on properties defined by reference strings: --set model.path",
  );
});

test("--set without = is refused in az's words", () => {
  expect(() => setOn("", "name")).toThrow("usage error: --set KEY=VALUE [KEY=VALUE ...]");
  for (const key of ["", ".a", "a..b", "[1]"]) expect(() => parseKeyPath(key)).toThrow(BatchwiseError);
  expect(() => setOn("", "a[5000]=1")).toThrow("1000 places");
});

test("--set of __proto__ makes a plain key and nothing else", () => {
  const result = setOn("a: 1", "__proto__.polluted=yes");
  expect(Object.keys(result as object)).toEqual(["a", "__proto__"]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("a message about a value that was put in names the option", () => {
  const file = applySetTexts(parseYaml("a: 1", "file.yml"), parseSetWords(["b.c=x"]));
  if (file.root.kind !== "map") throw new Error("no map");
  const entry = file.root.entries.get("b");
  expect(file.place(entry!.value)).toBe("--set b.c");
  expect(file.place(file.root.entries.get("a")!.at)).toBe("file.yml:1:1");
});
