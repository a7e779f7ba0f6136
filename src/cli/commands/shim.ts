import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomic } from "../../storage/durable.ts";
import { AzError } from "../az/az-error.ts";
import { defineCommand, requiredText, toggle } from "../az/command.ts";

/** Tells our own file from a real `az`. */
const mark = "# Batchwise's az";

export const shim = defineCommand({
  summary: "install an executable `az` that calls batchwise, for scripts (a shell alias does not reach them)",
  options: {
    install: requiredText(["--install"], "Folder to put `az` into; put it first in PATH.", {
      placeholder: "DIR",
      completes: "folder",
    }),
    force: toggle(["--force"], "Replace an `az` that is not Batchwise's."),
  },
  examples: [
    "batchwise shim --install ~/.local/batchwise-az",
    'PATH="$HOME/.local/batchwise-az:$PATH" ./deploy-and-run.sh',
  ],
  run: async ({ install, force }, call) => {
    const folder = resolve(install);
    const path = join(folder, "az");
    if (existsSync(path) && !force && !readFileSync(path, "utf8").includes(mark)) {
      throw new AzError(1, `${path} exists and is not Batchwise's.`, [
        "hint: choose another folder, or replace it with --force",
      ]);
    }
    mkdirSync(folder, { recursive: true });
    const program = fileURLToPath(new URL("../../../bin/batchwise", import.meta.url));
    writeFileAtomic(path, [`#!/bin/sh\n${mark}: made by \`batchwise shim\`.\nexec ${quote(program)} az "$@"\n`]);
    chmodSync(path, 0o755);
    const inPath = (process.env.PATH ?? "").split(delimiter).find((each) => existsSync(join(each, "az")));
    if (inPath === undefined || resolve(inPath) !== folder) {
      call.note(`Scripts find it with: export PATH=${quote(folder)}:"$PATH"`);
    }
    return { path };
  },
});

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
