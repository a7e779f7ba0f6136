import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempFolder, writeTree } from "../../test/support/temp-folder.ts";
import { makeModelView, measureModel } from "./model-view.ts";

test("a model folder lies in the view under its own name: real folders, hard links", () => {
  const folder = makeTempFolder();
  writeTree(folder, { "mymodel/MLmodel": "flavors", "mymodel/data/weights.bin": "1234" });
  const view = makeModelView(join(folder, "mymodel"), join(folder, "view"));
  expect(view).toMatchObject({ files: 2, bytes: 11 });
  for (const path of ["view/mymodel", "view/mymodel/data"])
    expect(lstatSync(join(folder, path)).isDirectory()).toBe(true);
  const weights = "mymodel/data/weights.bin";
  expect(statSync(join(folder, "view", weights)).ino).toBe(statSync(join(folder, weights)).ino);
});

test("a model file lies in the view under its own name", () => {
  const folder = makeTempFolder();
  writeTree(folder, { "model.pkl": "x" });
  makeModelView(join(folder, "model.pkl"), join(folder, "view"));
  expect(readFileSync(join(folder, "view", "model.pkl"), "utf8")).toBe("x");
});

test("links are followed, as in a download cache; loops end", () => {
  const folder = makeTempFolder();
  writeTree(folder, { "blobs/abc": "weights" });
  mkdirSync(join(folder, "snapshot"));
  symlinkSync("../blobs/abc", join(folder, "snapshot", "weights.bin"));
  symlinkSync(".", join(folder, "snapshot", "loop"));
  makeModelView(join(folder, "snapshot"), join(folder, "view"));
  const copy = join(folder, "view", "snapshot", "weights.bin");
  expect(lstatSync(copy).isFile()).toBe(true);
  expect(readFileSync(copy, "utf8")).toBe("weights");
  expect(existsSync(join(folder, "view", "snapshot", "loop"))).toBe(false);
});

test("a model on another file system is copied when small and linked when large", () => {
  const folder = makeTempFolder();
  const shm = "/dev/shm";
  if (!existsSync(shm) || statSync(shm).dev === statSync(folder).dev) return;
  writeTree(folder, { "small.bin": "x" });
  // From here to there is another file system as well.
  makeModelView(process.execPath, join(folder, "exec"));
  expect(statSync(join(folder, "exec", "node")).size).toBe(statSync(process.execPath).size);
});

test("a change of the model is seen", () => {
  const folder = makeTempFolder();
  writeTree(folder, { "model/a": "1" });
  const before = measureModel(join(folder, "model"));
  expect(measureModel(join(folder, "model"))).toEqual(before);
  writeFileSync(join(folder, "model", "a"), "22");
  expect(measureModel(join(folder, "model"))).not.toEqual(before);
  expect(measureModel(join(folder, "gone"))).toBeNull();
});
