import { expect, test } from "vitest";
import { captureLaunchEnvironment, restoreLaunchEnvironment } from "./launch-environment.ts";

test("only what decides about Python, text, time and GPUs is kept, and no password", () => {
  const env = {
    PATH: "/a",
    LC_ALL: "C.UTF-8",
    BATCHWISE_PYTHON: "/p",
    CUDA_VISIBLE_DEVICES: "1",
    AWS_SECRET_ACCESS_KEY: "x",
    PIP_INDEX_URL: "https://user:password@host",
    BATCHWISE_HOME: "/h",
  };
  expect(captureLaunchEnvironment(env)).toEqual({
    PATH: "/a",
    LC_ALL: "C.UTF-8",
    BATCHWISE_PYTHON: "/p",
    CUDA_VISIBLE_DEVICES: "1",
  });
});

test("a driver takes the job's variables in place of its own, and keeps the others", () => {
  const env: NodeJS.ProcessEnv = { PATH: "/b", VIRTUAL_ENV: "/venv", HOME: "/h" };
  restoreLaunchEnvironment({ PATH: "/a", TZ: "UTC" }, env);
  expect(env).toEqual({ PATH: "/a", TZ: "UTC", HOME: "/h" });
});
