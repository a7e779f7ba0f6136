import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { assetOf, endpointOf, jobOf, makeCatalog } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { parseDeploymentFile } from "../config/files/deployment-file.ts";
import type { Catalog } from "./catalog.ts";
import { deploy } from "./deploy.ts";
import { listAssetUsers, listComputeUsers, removeAsset, removeCompute, removeDatastore } from "./users.ts";

let catalog: Catalog;

beforeEach(() => {
  catalog = makeCatalog();
  const folder = makeTempFolder();
  writeTree(folder, { "score.py": "", "model/weights": "x" });
  catalog.endpoints.put(endpointOf("mnist"));
  const value = {
    name: "blue",
    endpoint_name: "mnist",
    model: { name: "m", path: join(folder, "model") },
    code_configuration: { code: ".", scoring_script: "score.py" },
    compute: "gpu",
  };
  const file = parseDeploymentFile({ value, baseDir: folder }, []);
  if (file.form !== "pipeline") deploy(catalog, file);
});

test("a version that a deployment pinned is not removed", () => {
  const model = { kind: "model", name: "m", version: "1" } as const;
  expect(listAssetUsers(catalog, model)).toEqual(["deployment blue of endpoint mnist"]);
  expect(() => removeAsset(catalog, model)).toThrow("model m:1 is used by deployment blue of endpoint mnist");
  catalog.deployments.remove("mnist", "blue");
  expect(removeAsset(catalog, model)).toBe(true);
  expect(removeAsset(catalog, model)).toBe(false);
});

test("a compute with deployments or jobs on their way is not removed", () => {
  catalog.jobs.add(jobOf("waiting", { compute: "gpu" }));
  catalog.jobs.add(jobOf("over", { compute: "gpu", stage: "ended" }));
  expect(listComputeUsers(catalog, "GPU")).toEqual(["deployment blue of endpoint mnist", "job waiting"]);
  expect(() => removeCompute(catalog, "gpu")).toThrow(
    /compute gpu is used by deployment blue of endpoint mnist, job waiting/,
  );
  catalog.deployments.remove("mnist", "blue");
  catalog.jobs.update("waiting", { stage: "ended" });
  expect(removeCompute(catalog, "gpu")).toBe(true);
  expect(() => removeCompute(catalog, "Local")).toThrow(/stays/);
});

test("a message names ten users and counts the others", () => {
  for (let index = 0; index < 12; index++) catalog.jobs.add(jobOf(`job-${index}`, { compute: "gpu" }));
  expect(() => removeCompute(catalog, "gpu")).toThrow(/job-8 and 3 more/);
});

test("a datastore with registered data is not removed", () => {
  const now = "2026-11-23T12:00:00.000Z";
  catalog.datastores.put({
    name: "lake",
    type: "azure_blob",
    description: null,
    tags: {},
    properties: {},
    createdAt: now,
    modifiedAt: now,
  });
  catalog.assets.add(assetOf({ kind: "data", name: "d", source: "azureml://datastores/Lake/paths/x" }));
  expect(() => removeDatastore(catalog, "lake")).toThrow("datastore lake is used by data d:1");
  catalog.assets.remove("data", "d", "1");
  expect(removeDatastore(catalog, "lake")).toBe(true);
  expect(() => removeDatastore(catalog, "workspaceblobstore")).toThrow(/stays/);
});
