import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { assetOf, makeCatalog } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { BatchwiseError } from "../errors.ts";
import type { Catalog } from "./catalog.ts";
import { resolveAsset, resolveDataInput } from "./resolve-reference.ts";
import { workspaceId } from "./resource-ids.ts";

let catalog: Catalog;
let folder: string;

beforeEach(() => {
  catalog = makeCatalog();
  folder = makeTempFolder();
  writeTree(folder, { "in/a.csv": "1" });
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BatchwiseError) return error.code;
    throw error;
  }
  return "none";
}

describe("an asset", () => {
  beforeEach(() => {
    for (const version of ["1", "2"]) catalog.assets.add(assetOf({ version }));
  });

  test.for([
    ["azureml:m:1", "1"],
    ["azureml:m@latest", "2"],
    ["m@latest", "2"],
    [`azureml:${workspaceId}/models/m/versions/1`, "1"],
    ["azureml://registries/azureml/models/m/labels/latest", "2"],
  ] as const)("%s is version %s", ([text, version]) => {
    expect(resolveAsset(catalog, "model", text).version).toBe(version);
  });

  test("that is not there is told in the service's words", () => {
    expect(() => resolveAsset(catalog, "model", "azureml:m:9")).toThrow(
      /^\(ResourceNotFound\) The Resource 'Microsoft\.MachineLearningServices\/workspaces\/batchwise\/models\/m\/versions\/9' under resource group 'batchwise' was not found\./,
    );
    expect(() => resolveAsset(catalog, "model", "azureml:x@latest")).toThrow(
      "Asset x does not exist in workspace batchwise.",
    );
    expect(codeOf(() => resolveAsset(catalog, "data", "azureml:m:1"))).toBe("resource_not_found");
  });

  test("without a version is refused", () => {
    expect(() => resolveAsset(catalog, "model", "azureml:m")).toThrow(
      "Failed to extract version when parsing asset azureml:m of type model as arm id. Version must be provided.",
    );
    expect(codeOf(() => resolveAsset(catalog, "model", "./model"))).toBe("reference_invalid");
    expect(codeOf(() => resolveAsset(catalog, "model", "azureml:m@stable"))).toBe("reference_invalid");
  });
});

describe("an input", () => {
  const resolve = (written: string, type: "uri_file" | "uri_folder" | null = null) =>
    resolveDataInput(catalog, written, { type, baseDir: folder });

  test("is a local folder or file", () => {
    expect(resolve("in")).toMatchObject({
      type: "uri_folder",
      location: join(folder, "in"),
      isRemote: false,
      asset: null,
    });
    expect(resolve("./in/a.csv")).toMatchObject({ type: "uri_file", location: join(folder, "in/a.csv") });
    expect(resolve("in/a.csv", "uri_file").type).toBe("uri_file");
    expect(resolve(`file://${folder}/in`).location).toBe(join(folder, "in"));
  });

  test("is a URL, passed on unchanged", () => {
    expect(resolve("https://example.com/data/")).toMatchObject({
      type: "uri_folder",
      location: "https://example.com/data/",
      isRemote: true,
    });
    expect(resolve("https://example.com/a.csv", "uri_file").type).toBe("uri_file");
  });

  test("is a path in a datastore", () => {
    writeTree(catalog.home, { "datastores/workspaceblobstore/a/b.csv": "1" });
    expect(resolve("azureml://datastores/workspaceblobstore/paths/a/")).toMatchObject({
      type: "uri_folder",
      location: join(catalog.home, "datastores/workspaceblobstore/a"),
    });
    expect(resolve(`${workspaceId}/datastores/workspaceblobstore/paths/a/b.csv`).type).toBe("uri_file");
  });

  test("is registered data, whose type counts", () => {
    catalog.assets.add(assetOf({ kind: "data", name: "d", type: "uri_file", path: join(folder, "in/a.csv") }));
    for (const written of ["azureml:d:1", "azureml:d@latest", `${workspaceId}/data/d/versions/1`]) {
      expect(resolve(written, "uri_folder")).toMatchObject({
        type: "uri_file",
        location: join(folder, "in/a.csv"),
        asset: { name: "d" },
      });
    }
  });

  test.for([
    ["nowhere", null, /There is no folder on target path: .*nowhere/],
    ["nowhere", "uri_file", /There is no file on target path: .*nowhere/],
    ["in", "uri_file", /There is no file on target path/],
    ["in/a.csv", "uri_folder", /There is no folder on target path/],
    ["azureml:d", null, /Value passed to --input is not a supported data\. .*Version must be provided/],
    ["azureml:d:1", null, /ResourceNotFound/],
    ["azureml://datastores/none/paths/x", null, /Could not find datastore: none\./],
    ["azureml://datastores/workspaceblobstore/paths/../../x", null, /leads out of its datastore/],
    ["azureml://jobs/none/outputs/score", null, /jobs\/none\/outputs\/score/],
  ] as const)("refuses %s as %s", ([written, type, message]) => {
    expect(() => resolve(written, type)).toThrow(message);
  });
});
