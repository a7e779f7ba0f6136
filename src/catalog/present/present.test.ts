import { describe, expect, test } from "vitest";
import { assetOf, endpointOf, makeCatalog } from "../../../test/support/catalog.ts";
import { workspaceId } from "../resource-ids.ts";
import { presentComponent } from "./component.ts";
import { presentCompute } from "./compute.ts";
import { presentData, presentDataContainer } from "./data.ts";
import { presentDatastore } from "./datastore.ts";
import { presentEndpoint, presentEndpointListItem } from "./endpoint.ts";
import { presentEnvironment, presentEnvironmentContainer, presentEnvironmentListItem } from "./environment.ts";
import { presentModel, presentModelContainer, presentModelListItem } from "./model.ts";
import { presentWorkspace } from "./workspace.ts";

const keysOf = (shape: object) => Object.keys(shape).sort();

describe("an endpoint", () => {
  test("is shown with Azure's keys", () => {
    const shape = presentEndpoint(endpointOf("mnist", { description: "d", defaultDeployment: "blue" }));
    expect(keysOf(shape)).toEqual(
      [
        "id",
        "name",
        "location",
        "auth_mode",
        "defaults",
        "description",
        "tags",
        "properties",
        "provisioning_state",
        "scoring_uri",
        "openapi_uri",
      ].sort(),
    );
    expect(shape).toMatchObject({
      id: `${workspaceId}/batchEndpoints/mnist`,
      defaults: { deployment_name: "blue" },
      provisioning_state: "Succeeded",
    });
    expect(presentEndpoint(endpointOf("mnist"))).toMatchObject({ defaults: {} });
  });

  test("is listed with other keys", () => {
    const shape = presentEndpointListItem(endpointOf("mnist", { defaultDeployment: "blue" }));
    expect(keysOf(shape)).toEqual([
      "auth_mode",
      "deployment_name",
      "id",
      "location",
      "name",
      "provisioning_state",
      "scoring_uri",
    ]);
    expect(shape.deployment_name).toBe("blue");
  });
});

describe("a model", () => {
  const model = assetOf({ name: "m", version: "2", stage: "Production", definition: { flavors: { sklearn: {} } } });

  test("is shown with its id and what is known of its content", () => {
    expect(presentModel(model)).toMatchObject({
      id: `azureml:${workspaceId}/models/m/versions/2`,
      type: "custom_model",
      flavors: { sklearn: {} },
      properties: { "batchwise.hash": model.hash },
      creation_context: { created_at: "2026-11-23T12:00:00.000+00:00", created_by_type: "User" },
    });
  });

  test("is listed under a key with a space", () => {
    expect(keysOf(presentModelContainer(model))).toEqual(
      ["name", "tags", "stage", "id", "properties", "description", "creation_context", "latest version"].sort(),
    );
    expect(keysOf(presentModelListItem(model))).toEqual(
      [
        "name",
        "tags",
        "stage",
        "id",
        "properties",
        "description",
        "creation_context",
        "version",
        "model type",
        "path",
      ].sort(),
    );
    // Public scripts take `[]` for "no model".
    expect(JSON.stringify(presentModelListItem(model))).not.toContain("[]");
  });
});

test("data has a bare id", () => {
  const data = assetOf({ kind: "data", name: "d", type: "uri_folder" });
  expect(presentData(data)).toMatchObject({ id: `${workspaceId}/data/d/versions/1`, type: "uri_folder", version: "1" });
  expect(presentDataContainer(data)).toMatchObject({ latest_version: "1" });
  expect(presentDataContainer(data)).not.toHaveProperty("id");
});

test("an environment shows its conda file as an object", () => {
  const definition = { image: "x", condaFile: { dependencies: ["six"] }, build: null, osType: "linux" };
  const environment = assetOf({ kind: "environment", name: "e", type: null, path: null, definition });
  expect(presentEnvironment(environment)).toMatchObject({
    image: "x",
    conda_file: { dependencies: ["six"] },
    os_type: "linux",
  });
  expect(presentEnvironmentContainer(environment)).toEqual({ name: "e", "latest version": "1" });
  expect(presentEnvironmentListItem(environment)).toEqual({ name: "e", version: "1" });
});

test("a component is its file, and its own id wins", () => {
  const component = assetOf({ kind: "component", name: "c", type: "pipeline", definition: { id: "other", jobs: {} } });
  expect(presentComponent(component)).toMatchObject({ id: `azureml:${workspaceId}/components/c/versions/1`, jobs: {} });
});

test("what is always there can be shown", () => {
  const catalog = makeCatalog();
  const [compute] = catalog.computes.list().map(presentCompute);
  expect(compute).toMatchObject({ name: "local", type: "local", provisioning_state: "Succeeded", max_jobs: 2 });
  const [datastore] = catalog.datastores.list().map((each) => presentDatastore(each, catalog.home));
  // Scripts read these four and print them.
  for (const key of ["account_name", "container_name", "endpoint", "protocol"]) expect(datastore).toHaveProperty(key);
  expect(datastore).toMatchObject({ id: `${workspaceId}/datastores/workspaceartifactstore`, credentials: {} });
  expect(presentWorkspace(catalog.home)).toMatchObject({
    name: "batchwise",
    location: "local",
    resource_group: "batchwise",
  });
});
