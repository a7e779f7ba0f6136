import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { parseYaml, toPlain } from "../../src/config/yaml.ts";

const root = join(import.meta.dirname, "../..");

function readSchema(name: string) {
  const path = join(root, `docs/reference/schemas/${name}.schema.json`);
  return z.fromJSONSchema(JSON.parse(readFileSync(path, "utf8")));
}

function readPlain(text: string): unknown {
  return JSON.parse(JSON.stringify(toPlain(parseYaml(text, "file.yml").root)));
}

test.each(globSync("docs/reference/schemas/*.json", { cwd: root }).map((path) => basename(path, ".schema.json")))(
  "the schema of %s can be read, and knows no key that the files do not have",
  (name) => {
    expect(readSchema(name).safeParse({ "no such key": 1 }).success).toBe(false);
  },
);

const files: readonly (readonly [string, string])[] = [
  ...globSync("examples/*/deployment*.yml", { cwd: root }).map((path) => ["batch-deployment", path] as const),
  ["batch-deployment", "src/cli/starter-folder/deployment.yml"],
  ["batch-endpoint", "src/cli/starter-folder/endpoint.yml"],
];

test.each(files)("the schema of %s lets %s pass", (name, path) => {
  const checked = readSchema(name).safeParse(readPlain(readFileSync(join(root, path), "utf8")));
  expect(checked.error?.message ?? "").toBe("");
});

test("the schema of deployments refuses what create refuses", () => {
  const schema = readSchema("batch-deployment");
  const head = "name: blue\nendpoint_name: digits\n";
  expect(schema.safeParse(readPlain(head)).success).toBe(true);
  for (const line of [
    "mini_bach_size: 1",
    "mini_batch_size: ten",
    "output_action: append",
    "retry_settings: {timeot: 3}",
  ])
    expect(schema.safeParse(readPlain(`${head}${line}\n`)).success, line).toBe(false);
  expect(schema.safeParse(readPlain("name: blue\n")).success).toBe(false);
});
