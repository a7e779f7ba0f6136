import { expect, test } from "vitest";
import { chooseGpus } from "./gpus.ts";

test("without a number of GPUs nothing is set", () => {
  expect(chooseGpus(null, 0, ["0", "1"])).toEqual({});
});

test("0 hides all GPUs", () => {
  expect(chooseGpus(0, 1, ["0"])).toEqual({ CUDA_VISIBLE_DEVICES: "" });
});

test("a machine without GPUs leaves the variable alone", () => {
  expect(chooseGpus(1, 0, [])).toEqual({});
});

test("workers take GPUs in turn and begin again when all are given", () => {
  const given = [0, 1, 2].map((slot) => chooseGpus(1, slot, ["4", "7"]).CUDA_VISIBLE_DEVICES);
  expect(given).toEqual(["4", "7", "4"]);
});

test("several GPUs for each worker", () => {
  const given = [0, 1, 2].map((slot) => chooseGpus(2, slot, ["0", "1", "2", "3"]).CUDA_VISIBLE_DEVICES);
  expect(given).toEqual(["0,1", "2,3", "0,1"]);
});

test("more GPUs than there are: all of them, each once", () => {
  expect(chooseGpus(4, 1, ["0", "1"])).toEqual({ CUDA_VISIBLE_DEVICES: "0,1" });
});

test("workers share a GPU when each takes a part of one", () => {
  const half = [0, 1, 2, 3, 4].map((slot) => chooseGpus(0.5, slot, ["0", "1"]).CUDA_VISIBLE_DEVICES);
  expect(half).toEqual(["0", "0", "1", "1", "0"]);
  const third = [0, 1, 2, 3].map((slot) => chooseGpus(0.3, slot, ["0", "1"]).CUDA_VISIBLE_DEVICES);
  expect(third).toEqual(["0", "0", "0", "1"]);
});
