import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillArguments } from "./program-arguments.ts";

const values: Readonly<Record<string, string>> = { model: "my model", label: "cats", quote: `a "b" 'c' $d` };
const fill = (text: string) => fillArguments(text, (_, name) => values[name] ?? null);

describe("program arguments", () => {
  test.for([
    ["--a 1  --b=2", ["--a", "1", "--b=2"]],
    [`--a "x y" 'p q' z\\ z "say \\"hi\\"" ""`, ["--a", "x y", "p q", "z z", 'say "hi"', ""]],
    ["--model {inputs.model}", ["--model", "my model"]],
    ["--model={inputs.model}/x", ["--model=my model/x"]],
    ["--model '{ inputs.model }'", ["--model", "my model"]],
    ["--text {inputs.quote}", ["--text", values.quote]],
    ["--a [--label {inputs.label}] --b", ["--a", "--label", "cats", "--b"]],
    ["--a [--none {inputs.none}] --b", ["--a", "--b"]],
    ["--price $5 $", ["--price", "$5", "$"]],
    ["", []],
    ["  \n ", []],
  ] as const)("%s", ([text, words]) => {
    expect(fill(asPipeline(text)).words).toEqual(words);
  });

  test("of Azure's runner are not passed on", () => {
    const text =
      "--error_threshold 5 --progress_update_timeout=60 --keep 1 --allowed_failed_percent 30 --resource_monitor_interva 10";
    expect(fill(text)).toEqual({ words: ["--keep", "1"], errorThreshold: 5 });
    expect(fill("--error 5").words).toEqual(["--error", "5"]);
  });

  test("with an input that is not set are refused", () => {
    expect(() => fill(asPipeline("--x {inputs.none}"))).toThrow("inputs.none has no value");
  });

  test("come back whole, whatever is in a value", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const text = texts.map((_, index) => asPipeline(`{inputs.v${index}}`)).join(" ");
        expect(fillArguments(text, (_, name) => texts[Number(name.slice(1))] ?? null).words).toEqual(texts);
      }),
    );
  });
});

/** `{inputs.x}` and `[…]` as pipelines write them. */
function asPipeline(text: string): string {
  return text
    .replace(/\{\s*inputs\.\w+\s*\}/g, (part) => `\${${part}}`)
    .replace(/\[(.*?)\]/g, (_, inner) => `$[[${inner}]]`);
}
