import { type CommandGroup, defineCommand, requiredText, text, toggle } from "../az/command.ts";
import { findVersion, makeArchive, makeList, makeShow, makeUpdate, noteSameContent } from "./asset-verbs.ts";
import { fileOption, setFlags, setOption, sourceOf, versionOptions } from "./shared-options.ts";

async function loadShapes() {
  const { presentData, presentDataContainer } = await import("../../catalog/present/data.ts");
  return { presentVersion: presentData, presentListedVersion: presentData, presentContainer: presentDataContainer };
}

export const data: CommandGroup = {
  summary: "registered data",
  commands: {
    create: defineCommand({
      summary: "register data: a folder or file, or what a data file describes",
      options: {
        file: fileOption,
        name: text(["--name", "-n"], "Name; a random one when it is not given.", { placeholder: "NAME" }),
        version: text(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
        path: text(["--path", "-p"], "Folder, file, URL or azureml://datastores/….", {
          placeholder: "PATH",
          completes: "file",
        }),
        type: text(["--type", "-t"], "Kind of data. (default: uri_folder)", {
          choices: ["uri_folder", "uri_file", "mltable"],
        }),
        description: text(["--description", "-d"], "Description.", { placeholder: "TEXT" }),
        datastore: text(["--datastore"], "Taken and left aside.", { placeholder: "NAME" }),
        skipValidation: toggle(["--skip-validation"], "Taken and left aside."),
        byReference: toggle(["--by-reference"], "Leave the content where it is; it must not change."),
        set: setOption,
      },
      examples: [
        "batchwise data create --name images --type uri_folder --path ./images",
        "batchwise data create --file data.yml",
      ],
      run: async (values, call) => {
        const { parseDataFile } = await import("../../config/files/asset-files.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { registerData } = await import("../../catalog/register-asset.ts");
        const { name, version, path, type, description } = values;
        const file = parseDataFile(sourceOf(values.file), [
          ...parseSetArguments(values.set),
          ...setFlags({ name, version, path, type, description }),
        ]);
        const { asset, isNew } = registerData(await call.openCatalog(), file, { byReference: values.byReference });
        noteSameContent(call, asset, isNew);
        return (await loadShapes()).presentVersion(asset);
      },
    }),
    show: makeShow("data", loadShapes),
    list: makeList("data", loadShapes),
    update: makeUpdate("data", loadShapes),
    archive: makeArchive("data", true),
    restore: makeArchive("data", false),
    download: defineCommand({
      summary: "copy registered data",
      options: {
        name: requiredText(["--name", "-n"], "Name.", { placeholder: "NAME", completes: "data" }),
        ...versionOptions,
        downloadPath: text(["--download-path", "-p"], "Folder to copy into, below the data's name. (default: .)", {
          placeholder: "DIR",
          completes: "folder",
        }),
      },
      examples: ["batchwise data download --name images --label latest --download-path ./data"],
      run: async ({ name, version, label, downloadPath }, call) => {
        const asset = await findVersion(await call.openCatalog(), "data", name, { version, label });
        const { copyContent } = await import("./copy-content.ts");
        call.note(`Downloaded to ${copyContent(asset, downloadPath ?? ".")}`);
        return null;
      },
    }),
  },
};
