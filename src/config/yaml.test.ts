import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempFolder } from "../../test/support/temp-folder.ts";
import { BatchwiseError } from "../errors.ts";
import { parseYaml, readYamlFile, toPlain, type YamlScalar } from "./yaml.ts";

const read = (text: string) => toPlain(parseYaml(text, "/x/file.yml").root);

function refusal(text: string): string {
  const began = performance.now();
  try {
    parseYaml(text, "/x/file.yml");
  } catch (error) {
    expect(error).toBeInstanceOf(BatchwiseError);
    // Generous, for a busy machine: the aim is 100 ms.
    expect(performance.now() - began).toBeLessThan(500);
    return (error as BatchwiseError).message;
  }
  throw new Error("it was accepted");
}

describe("YAML is read as version 1.1, as Azure ML does", () => {
  test.for([
    ["a: yes", { a: true }],
    ["a: no", { a: false }],
    ["a: 010", { a: 8 }],
    ["a: '010'", { a: "010" }],
    ["a: 1.10", { a: 1.1 }],
    ["a: 2026-11-23", { a: "2026-11-23" }],
    ["a: ~\nb:", { a: null, b: null }],
    ["{a: constructor, toString: valueOf}", { a: "constructor", toString: "valueOf" }],
    ["b: &b {x: 1, y: 2}\nc: {<<: *b, x: 3}", { b: { x: 1, y: 2 }, c: { x: 3, y: 2 } }],
    ["a: &x [1]\nb: *x", { a: [1], b: [1] }],
    ["\ufeffa: 1\r\nb: 2\r\n", { a: 1, b: 2 }],
  ] as const)("%s", ([text, value]) => {
    expect(JSON.parse(JSON.stringify(read(text)))).toEqual(value);
  });

  test("the text of a value stays as it is written", () => {
    const { root } = parseYaml("a: no\nb: 1.10\nc: '010'", "f.yml");
    const texts = root.kind === "map" ? [...root.entries.values()].map(({ value }) => (value as YamlScalar).text) : [];
    expect(texts).toEqual(["no", "1.10", "010"]);
  });

  test("__proto__ is a key like others", () => {
    const value = read("__proto__: {polluted: 1}\nconstructor: 2") as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("hostile YAML is refused with line and column", () => {
  const size = 200 * 1024;
  test.for([
    ["a flow 200,000 levels deep", "[".repeat(size), "file.yml:1:65: more than 64 levels"],
    ["maps in flow", "{a: ".repeat(size / 4), "more than 64 levels"],
    ["dashes", `${"- ".repeat(size / 2)}a`, "more than 64 levels"],
    ["question marks", "? ".repeat(size / 2), "more than 64 levels"],
    ["indentation", Array.from({ length: 600 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"), "levels"],
    ["200,000 keys", Array.from({ length: 30_000 }, (_, key) => `k${key}: 1`).join("\n"), "too many words"],
    ["brackets that do not match", "[}".repeat(9000), "1:2: } closes nothing"],
    ["quotes", '"'.repeat(9000), "file.yml:1:"],
    ["anchors", "&a ".repeat(4000), "file.yml:1:"],
    ["an alias bomb", bomb(), "values, aliases written out"],
    ["an alias of itself", "a: &a [*a]", "1:8: *a refers to nothing"],
    ["an unknown alias", "a: *nope", "1:4: *nope refers to nothing"],
    [
      "a duplicate key",
      "a: 1\nb: 2\na: 3",
      'file.yml:3:1: the key "a" stands here a second time; it stands in line 1 too',
    ],
    ["a duplicate key in quotes", "a: 1\n'a': 3", "file.yml:2:1"],
    ["a tab", "a:\n\tb: 1", "file.yml:2:1: a tab"],
    ["a NUL", "a: 1\nb: x\0y", "file.yml:2:5: a control character"],
    ["an escape character", "a: \u001b[31m", "control character"],
    ["a tag", "a: 1\nb: !!js/function x", "file.yml:2:4: Unresolved tag"],
    ["binary", "a: !!binary aGVsbG8=", "binary"],
    ["a second document", "a: 1\n---\nb: 2", "second YAML document"],
    ["a list as key", "? [a]\n: 1", "a key has to be text"],
  ] as const)("%s", ([, text, message]) => {
    expect(refusal(text)).toContain(message);
  });

  test("a file of 100 MB is not even read", () => {
    const path = join(makeTempFolder(), "large.yml");
    writeFileSync(path, Buffer.alloc(100 * 1024 * 1024, "a: b\n"));
    const before = process.memoryUsage().rss;
    expect(() => readYamlFile(path)).toThrow(/104857600 bytes/);
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  test("bytes that are not UTF-8", () => {
    const path = join(makeTempFolder(), "latin.yml");
    writeFileSync(path, Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    expect(() => readYamlFile(path)).toThrow(/not UTF-8/);
  });

  test("whatever the text, it is read or refused with a place, quickly", () => {
    const words = fc.constantFrom(
      "a",
      "- ",
      ": ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "\n",
      "  ",
      "'",
      '"',
      "|\n",
      "#",
      "? ",
      "!!str ",
      "%",
      "---\n",
      "<<: ",
      "\t",
      "1",
      ",",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        try {
          JSON.stringify(read(parts.join("")));
        } catch (error) {
          if (!(error instanceof BatchwiseError)) throw error;
          expect(error.message).toMatch(/^file\.yml:\d+:\d+: /);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function bomb(): string {
  const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [index, name] of [..."bcdefghij"].entries()) {
    lines.push(`${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[index]}`).join(",")}]`);
  }
  return lines.join("\n");
}
