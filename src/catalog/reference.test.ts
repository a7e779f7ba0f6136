import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BatchwiseError } from "../errors.ts";
import { parseNameReference, parseReference } from "./reference.ts";
import { assetFolders, assetId, workspaceId } from "./resource-ids.ts";

describe("a reference", () => {
  test.for([
    ["azureml:m:1", { kind: "version", name: "m", version: "1" }],
    ["azureml:m:1:2", { kind: "version", name: "m", version: "1:2" }],
    ["azureml:m@latest", { kind: "label", name: "m", label: "latest" }],
    ["m@latest", { kind: "label", name: "m", label: "latest" }],
    ["azureml:m", { kind: "name", name: "m" }],
    [`${workspaceId}/models/m/versions/3`, { kind: "version", name: "m", version: "3" }],
    [`azureml:${workspaceId}/models/m/versions/3`, { kind: "version", name: "m", version: "3" }],
    [`azureml:${workspaceId}/computes/gpu`, { kind: "name", name: "gpu" }],
    [
      "azureml://subscriptions/s/resourcegroups/g/workspaces/w/data/d/versions/1",
      { kind: "version", name: "d", version: "1" },
    ],
    [
      "azureml://subscriptions/s/resourcegroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/data/d/versions/1",
      { kind: "version", name: "d", version: "1" },
    ],
    ["azureml://registries/azureml/models/bert/versions/2", { kind: "version", name: "bert", version: "2" }],
    ["azureml://registries/azureml/models/bert/labels/latest", { kind: "label", name: "bert", label: "latest" }],
    ["azureml://datastores/ds/paths/a/b/", { kind: "datastore", datastore: "ds", path: "a/b/" }],
    [
      "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/ds/paths/a",
      { kind: "datastore", datastore: "ds", path: "a" },
    ],
    [`azureml:${workspaceId}/datastores/ds/paths/a/b`, { kind: "datastore", datastore: "ds", path: "a/b" }],
    [`${workspaceId}/datastores/ds/paths/a/b`, { kind: "datastore", datastore: "ds", path: "a/b" }],
    ["azureml://jobs/j/outputs/score/paths/x", { kind: "jobOutput", job: "j", output: "score", path: "x" }],
    ["azureml://jobs/j/outputs/score", { kind: "jobOutput", job: "j", output: "score", path: "" }],
    ["https://example.com/x", { kind: "url", url: "https://example.com/x" }],
    ["file:///data/in%20put", { kind: "path", path: "/data/in put" }],
    ["file:./in", { kind: "path", path: "./in" }],
    ["./in", { kind: "path", path: "./in" }],
    ["in", { kind: "path", path: "in" }],
    ["in:1", { kind: "path", path: "in:1" }],
    ["/data/in", { kind: "path", path: "/data/in" }],
  ] as const)("%s", ([text, reference]) => {
    expect(parseReference(text)).toEqual(reference);
  });

  test.for([
    "azureml:",
    "azureml:/x",
    "azureml://",
    "azureml:a b",
    "/subscriptions/x",
    "azureml://registries/r",
    "azureml:-x:1",
  ])("refuses %s", (text) => {
    expect(() => parseReference(text)).toThrow(/is not a valid reference; wanted: azureml:name:version/);
  });

  test("of any asset's id leads back to it", () => {
    const names = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,20}$/);
    const kinds = fc.constantFrom(...(Object.keys(assetFolders) as (keyof typeof assetFolders)[]));
    fc.assert(
      fc.property(kinds, names, names, (kind, name, version) => {
        const wanted = { kind: "version", name, version };
        expect(parseReference(assetId(kind, { name, version }))).toEqual(wanted);
        expect(parseReference(`azureml:${assetId(kind, { name, version })}`)).toEqual(wanted);
        expect(parseReference(`azureml:${name}:${version}`)).toEqual(wanted);
      }),
    );
  });

  test("of any text is read or refused in words", () => {
    const parts = fc.constantFrom(
      "azureml:",
      "//",
      "/",
      "datastores",
      "paths",
      "a",
      "1",
      "@",
      ":",
      "subscriptions",
      "%",
      "workspaces",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (words) => {
        try {
          parseReference(words.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(BatchwiseError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test("a compute is named with and without azureml:, and by its id", () => {
  expect(parseNameReference("gpu")).toBe("gpu");
  expect(parseNameReference("azureml:gpu")).toBe("gpu");
  expect(parseNameReference(`azureml:${workspaceId}/computes/gpu`)).toBe("gpu");
  expect(() => parseNameReference("azureml:gpu:1")).toThrow(/not a valid reference/);
});
