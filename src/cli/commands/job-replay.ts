import { defineCommand, requiredText } from "../az/command.ts";
import { findJobName, jobNameOption } from "./job-view.ts";

export const replay = defineCommand({
  summary: "run one mini-batch of a job in the foreground, nothing committed; breakpoint() works",
  options: {
    name: jobNameOption,
    miniBatch: requiredText(["--mini-batch", "-m"], "Number of the mini-batch.", { placeholder: "N" }),
  },
  examples: ["batchwise job replay -n my-job --mini-batch 17"],
  run: async ({ name: written, miniBatch }, call) => {
    const name = await findJobName(await call.openCatalog(), written);
    const home = { raw: call.home, place: { label: "--home", baseDir: process.cwd() } };
    const { replay: run } = await import("../replay.ts");
    call.exitCode = await run({ command: "replay", name, miniBatch, flags: new Map([["home", home]]) });
    return null;
  },
});
