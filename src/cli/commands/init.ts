import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AzError, refuseUsage } from "../az/az-error.ts";
import { defineCommand, text } from "../az/command.ts";
import { showText } from "../terminal.ts";

/** Files in which the endpoint's name stands as NAME. */
const named = /\.(yml|yaml|md)$/;

interface InitResult {
  readonly folder: string;
  readonly endpoint: string;
  readonly files: readonly string[];
}

/** `batchwise init [FOLDER]` */
export const init = defineCommand({
  summary: "write a starter folder: script, model, deployment, environment, data, README",
  description:
    "The folder works as it is: it passes `batchwise check`, scores with one line, and deploys with the commands of `az ml`. Files that are there already are never touched.",
  operands: { name: "FOLDER", min: 0, max: 1, help: "Folder to write to; the current one when not given." },
  options: {
    name: text(["--name", "-n"], "Name of the endpoint; the folder's name when not given.", { placeholder: "NAME" }),
  },
  examples: ["batchwise init my-model", "batchwise init . --name reviews"],
  text: (result) => formatResult(result as InitResult),
  async run(values, call) {
    const folder = resolve(call.operands[0] ?? ".");
    const endpoint = chooseName(values.name, folder);
    const source = fileURLToPath(new URL("../starter-folder/", import.meta.url));
    const files = globSync("**/*", { cwd: source, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(source, join(entry.parentPath, entry.name)))
      .sort();
    if (files.length === 0) throw new Error(`the starter folder of the package is not there: ${source}`);
    const taken = files.filter((file) => existsSync(join(folder, file)));
    if (taken.length > 0) {
      throw new AzError(1, `${folder} has ${taken.join(", ")} already, and nothing is written over.`, [
        "Name a folder that is empty or not there: batchwise init FOLDER",
      ]);
    }
    for (const file of files) writeStarter(join(source, file), join(folder, file), endpoint);
    return { folder, endpoint, files };
  },
});

function writeStarter(from: string, to: string, endpoint: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (named.test(from)) writeFileSync(to, readFileSync(from, "utf8").replaceAll("NAME", endpoint), { flag: "wx" });
  else cpSync(from, to, { errorOnExist: true, force: false });
}

/** A folder's name made into one that an endpoint may have. */
function chooseName(written: string | null, folder: string): string {
  if (written !== null) {
    if (/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(written) && written.length >= 3 && written.length <= 32)
      return written;
    throw refuseUsage(`--name ${written}: wanted are 3 to 32 letters, digits and '-', beginning with a letter`);
  }
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  return name.length >= 3 ? name : "my-endpoint";
}

function formatResult({ folder, files }: InitResult): string {
  const near = relative(process.cwd(), folder);
  const change = near === "" ? "" : `cd ${near.startsWith("..") ? folder : near} && `;
  const lines = files.map((file) => `  ${file}`);
  return showText(
    `wrote to ${folder}:\n${lines.join("\n")}\n\nscore it:  ${change}batchwise score -f deployment.yml --input data --output-path out\n`,
  );
}
