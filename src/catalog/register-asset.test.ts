import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCatalog, readScript, startScript } from "../../test/support/catalog.ts";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { parseDataFile, parseModelFile } from "../config/files/asset-files.ts";
import type { Catalog } from "./catalog.ts";
import { openCatalog } from "./catalog.ts";
import { keepContent, measureContent } from "./content-store.ts";
import { registerData, registerModel } from "./register-asset.ts";

let folder: string;
let catalog: Catalog;

beforeEach(() => {
  folder = makeTempFolder();
  catalog = makeCatalog();
  writeTree(folder, { "model/weights.bin": "weights", "model/more/vocabulary.txt": "words" });
});

function model(fields: Record<string, unknown> = {}) {
  return parseModelFile({ value: { name: "m", path: "model", ...fields }, baseDir: folder }, []);
}

function data(fields: Record<string, unknown>) {
  return parseDataFile({ value: { name: "d", ...fields }, baseDir: folder }, []);
}

/** Names of what is kept, and of what is being kept. */
function stored(kind: "models" | "data"): string[] {
  const path = join(catalog.home, kind);
  return existsSync(path) ? readdirSync(path) : [];
}

describe("registering a model", () => {
  test("copies it under its own name, read-only", () => {
    const { asset, isNew } = registerModel(catalog, model());
    expect(isNew).toBe(true);
    expect(asset).toMatchObject({
      name: "m",
      version: "1",
      type: "custom_model",
      isAnonymous: false,
      byReference: false,
    });
    expect(asset.path).toBe(join(catalog.home, "models", asset.hash.slice(0, 32), "model"));
    expect(readFileSync(join(asset.path ?? "", "more/vocabulary.txt"), "utf8")).toBe("words");
    expect(statSync(join(asset.path ?? "", "weights.bin")).mode & 0o777).toBe(0o400);
  });

  test("keeps what was registered when the original is written over in place", () => {
    const { asset } = registerModel(catalog, model());
    appendFileSync(join(folder, "model/weights.bin"), " trained on");
    expect(readFileSync(join(asset.path ?? "", "weights.bin"), "utf8")).toBe("weights");
    const second = registerModel(catalog, model());
    expect(second).toMatchObject({ isNew: true, asset: { version: "2" } });
    expect(second.asset.hash).not.toBe(asset.hash);
  });

  test("again with the same content makes nothing new", () => {
    const first = registerModel(catalog, model());
    const again = registerModel(catalog, model({ description: "now described", tags: { a: "b" } }));
    expect(again.isNew).toBe(false);
    expect(again.asset).toMatchObject({
      version: "1",
      hash: first.asset.hash,
      description: "now described",
      tags: { a: "b" },
    });
    expect(registerModel(catalog, model({ version: "1" })).isNew).toBe(false);
    expect(stored("models")).toHaveLength(1);
  });

  test("that is an earlier version's content makes a version again", () => {
    registerModel(catalog, model());
    writeFileSync(join(folder, "model/weights.bin"), "other");
    registerModel(catalog, model());
    writeFileSync(join(folder, "model/weights.bin"), "weights");
    expect(registerModel(catalog, model()).asset.version).toBe("3");
  });

  test("refuses other content for a version that is there", () => {
    registerModel(catalog, model({ version: "5" }));
    writeFileSync(join(folder, "model/weights.bin"), "other");
    expect(() => registerModel(catalog, model({ version: "5" }))).toThrow(
      /\(UserError\) Asset paths cannot be updated\. model m:5/,
    );
    expect(registerModel(catalog, model()).asset.version).toBe("6");
  });

  test("takes a single file", () => {
    const { asset } = registerModel(catalog, model({ path: "model/weights.bin" }));
    expect(asset.path).toMatch(/\/weights\.bin$/);
    expect(readFileSync(asset.path ?? "", "utf8")).toBe("weights");
  });

  test("by reference copies nothing", () => {
    const { asset } = registerModel(catalog, model(), { byReference: true });
    expect(asset).toMatchObject({ path: join(folder, "model"), byReference: true });
    expect(stored("models")).toEqual([]);
    expect(asset.hash).toBe(registerModel(makeCatalog(), model()).asset.hash);
  });

  test("reads the flavours of an MLflow model, also one level down", () => {
    writeTree(folder, { "registered/model/MLmodel": "flavors:\n  python_function: {loader_module: mlflow.sklearn}\n" });
    const { asset } = registerModel(catalog, model({ path: "registered", type: "mlflow_model" }));
    expect(asset.definition).toEqual({ flavors: { python_function: { loader_module: "mlflow.sklearn" } } });
  });

  test("from a datastore takes its folder", () => {
    writeTree(catalog.home, { "datastores/workspaceblobstore/a/b/weights.bin": "w" });
    const path = "azureml://datastores/workspaceblobstore/paths/a/b";
    expect(registerModel(catalog, model({ path })).asset).toMatchObject({ source: path, version: "1" });
  });

  test.for([
    [{ path: "nowhere" }, /No such file or directory: .*nowhere/],
    [{ path: "https://example.com/model" }, /is not on this machine/],
    [{ path: "azureml://datastores/none/paths/x" }, /Could not find datastore: none\./],
    [{ path: "azureml://datastores/workspaceblobstore/paths/../../../etc" }, /leads out of its datastore/],
    [{ path: "azureml:other:1" }, /names an asset where a path is wanted/],
    [{ path: null }, /path: Missing data/],
  ] as const)("refuses %j", ([fields, message]) => {
    expect(() => registerModel(catalog, model(fields))).toThrow(message);
    expect(catalog.assets.listAll()).toEqual([]);
    expect(stored("models")).toEqual([]);
  });

  test("refuses an empty folder, a loop of links, and a dangling link", () => {
    writeTree(folder, { "loop/inner/file": "x" });
    symlinkSync("..", join(folder, "loop/inner/up"));
    expect(() => registerModel(catalog, model({ path: "loop" }))).toThrow(/link to a folder above itself/);
    writeTree(folder, { "dangling/file": "x" });
    symlinkSync("nowhere", join(folder, "dangling/link"));
    expect(() => registerModel(catalog, model({ path: "dangling" }))).toThrow(
      /No such file or directory: .*dangling\/link/,
    );
    writeTree(folder, { "empty/inner/.keep": "" });
    chmodSync(join(folder, "empty"), 0o700);
    const bare = makeTempFolder();
    expect(() => registerModel(catalog, model({ path: bare }))).toThrow(
      /is empty\. path or local_path must be a non-empty directory/,
    );
    expect(stored("models")).toEqual([]);
  });

  test("leaves the home folder out when it lies in the model", () => {
    const home = join(folder, "model/home");
    const inner = openCatalog(home);
    const { asset } = registerModel(inner, model());
    inner.close();
    expect(readdirSync(asset.path ?? "")).toEqual(["more", "weights.bin"]);
  });
});

describe("registering data", () => {
  test("takes folders, files and URLs", () => {
    expect(registerData(catalog, data({ path: "model" })).asset).toMatchObject({ type: "uri_folder", version: "1" });
    expect(registerData(catalog, data({ path: "model/weights.bin", type: "uri_file" })).asset.path).toMatch(
      /weights\.bin$/,
    );
    const remote = registerData(catalog, data({ path: "https://example.com/data/" })).asset;
    expect(remote).toMatchObject({ path: "https://example.com/data/", byReference: true, version: "3" });
  });

  test("refuses a path of the other kind", () => {
    expect(() => registerData(catalog, data({ path: "model/weights.bin" }))).toThrow(
      /File path does not match asset type uri_folder/,
    );
    expect(() => registerData(catalog, data({ path: "model", type: "uri_file" }))).toThrow(
      /does not match asset type uri_file/,
    );
  });

  test("makes a name up when none is given", () => {
    const file = parseDataFile({ value: { path: "model" }, baseDir: folder }, []);
    expect(registerData(catalog, file).asset.name).toMatch(/^data-[0-9a-f]{12}$/);
  });
});

describe("content", () => {
  test("has the same hash wherever it is kept, and another one for any change", () => {
    const names = fc.stringMatching(/^[a-c]{1,2}$/);
    const trees = fc.dictionary(names, fc.string({ maxLength: 4 }), { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(trees, trees, (one, other) => {
        const [first, second] = [makeTree(one), makeTree(other)];
        const kept = keepContent(first, join(catalog.home, "models"), catalog.home);
        expect(kept.hash).toBe(measureContent(first, catalog.home).hash);
        expect(measureContent(kept.path, catalog.home).hash).toBe(kept.hash);
        const isSame = JSON.stringify(sortEntries(one)) === JSON.stringify(sortEntries(other));
        expect(measureContent(second, catalog.home).hash === kept.hash).toBe(isSame);
      }),
      { numRuns: 30 },
    );
  });
});

function makeTree(files: Record<string, string>): string {
  const root = join(makeTempFolder(), "tree");
  writeTree(root, files);
  return root;
}

function sortEntries(tree: Record<string, string>) {
  return Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
}

const registerScript = `
  const { openCatalog } = await import(source + "catalog/catalog.ts");
  const { registerModel } = await import(source + "catalog/register-asset.ts");
  const { parseModelFile } = await import(source + "config/files/asset-files.ts");
  const [home, path, name] = args;
  const catalog = openCatalog(home);
  const register = () => registerModel(catalog, parseModelFile({ value: { name, path }, baseDir: "/" }, []));
`;

describe("many processes at once", () => {
  test("register the same content once", async () => {
    const children = Array.from({ length: 6 }, () =>
      startScript(`${registerScript} console.log(JSON.stringify(register())); catalog.close();`, [
        catalog.home,
        join(folder, "model"),
        "m",
      ]),
    );
    const answers = (await Promise.all(children.map(readScript))).map((text) => JSON.parse(text));
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(answers.map(({ asset }) => asset.version))).toEqual(new Set(["1"]));
    expect(stored("models")).toHaveLength(1);
  });

  test("give different contents of one name different versions", async () => {
    const children = Array.from({ length: 6 }, (_, index) => {
      writeTree(folder, { [`models/${index}/weights.bin`]: `weights ${index}` });
      return startScript(`${registerScript} console.log(register().asset.version); catalog.close();`, [
        catalog.home,
        join(folder, `models/${index}`),
        "m",
      ]);
    });
    const versions = (await Promise.all(children.map(readScript))).map((text) => text.trim());
    expect(versions.sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  test("killed at any moment leave whole versions or none, and nothing behind", async () => {
    const large = join(folder, "large");
    for (let index = 0; index < 40; index++) writeTree(large, { [`part-${index}.bin`]: "x".repeat(200_000) });
    for (let round = 0; round < 8; round++) {
      writeTree(large, { "round.txt": String(round) });
      const child = startScript(`${registerScript} process.stdout.write("ready"); register(); catalog.close();`, [
        catalog.home,
        large,
        "large",
      ]);
      await once(child.stdout!, "data");
      const ended = once(child, "close");
      // From the first file copied until after the version is there.
      await waitForFiles(round * 6);
      child.kill("SIGKILL");
      await ended;
      for (const { path, hash } of catalog.assets.listAll()) {
        expect(measureContent(path ?? "", catalog.home).hash).toBe(hash);
      }
    }
    registerModel(catalog, model());
    expect(stored("models").filter((name) => name.startsWith("."))).toEqual([]);
    for (const name of stored("models")) {
      const [inner] = readdirSync(join(catalog.home, "models", name));
      const kept = measureContent(join(catalog.home, "models", name, inner ?? ""), catalog.home);
      expect(kept.hash.slice(0, 32)).toBe(name);
    }
  });
});

/** Until the copy that is being made has this many files, or is done. */
async function waitForFiles(count: number): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    const partial = stored("models").find((name) => name.startsWith("."));
    const inner = partial === undefined ? null : join(catalog.home, "models", partial, "large");
    if (inner !== null && existsSync(inner) && readdirSync(inner).length >= count) return;
    if (inner === null && tries > 20 && stored("models").length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
