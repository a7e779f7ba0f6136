import type { SetValue } from "../../config/files/source.ts";
import { AzError } from "../az/az-error.ts";
import { type CommandGroup, defineCommand, requiredText, text, toggle, words } from "../az/command.ts";
import { findVersion, makeArchive, makeList, makeShow, makeUpdate, noteSameContent } from "./asset-verbs.ts";
import { fileOption, setFlags, setOption, sourceOf } from "./shared-options.ts";

async function loadShapes() {
  const { presentModel, presentModelContainer, presentModelListItem } = await import("../../catalog/present/model.ts");
  return {
    presentVersion: presentModel,
    presentListedVersion: presentModelListItem,
    presentContainer: presentModelContainer,
  };
}

export const model: CommandGroup = {
  summary: "registered models",
  commands: {
    create: defineCommand({
      summary: "register a model: a file or folder, or what a model file describes",
      description:
        "The content is copied (as links where the file system can) and never changes. Without a version the next number is taken; the same content again adds nothing.",
      options: {
        file: fileOption,
        name: text(["--name", "-n"], "Name.", { placeholder: "NAME" }),
        version: text(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
        path: text(["--path", "-p"], "File or folder.", { placeholder: "PATH", completes: "file" }),
        type: text(["--type", "-t"], "Kind of model.", { choices: ["custom_model", "mlflow_model", "triton_model"] }),
        description: text(["--description"], "Description.", { placeholder: "TEXT" }),
        tags: words(["--tags"], "Tags.", { placeholder: "KEY=VALUE" }),
        stage: text(["--stage", "-s"], "Stage of its life, for example Production.", { placeholder: "STAGE" }),
        datastore: text(["--datastore"], "Taken and left aside.", { placeholder: "NAME" }),
        byReference: toggle(["--by-reference"], "Leave the content where it is; it must not change."),
        set: setOption,
      },
      examples: [
        "batchwise model create --name digits --path ./model",
        'batchwise model create --name heart --type "mlflow_model" --path ./model',
        "batchwise model create --file model.yml --version 3",
      ],
      run: async (values, call) => {
        if (values.file === null && (values.name === null || values.path === null)) {
          throw new AzError(1, "Please provide either --file/-f  or --name/-n and --path/-p.");
        }
        const { parseModelFile } = await import("../../config/files/asset-files.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { registerModel } = await import("../../catalog/register-asset.ts");
        const { name, version, path, type, description, stage } = values;
        const file = parseModelFile(sourceOf(values.file), [
          ...parseSetArguments(values.set),
          ...setFlags({ name, version, path, type, description, stage }),
          ...setTags(values.tags),
        ]);
        const { asset, isNew } = registerModel(await call.openCatalog(), file, { byReference: values.byReference });
        noteSameContent(call, asset, isNew);
        return (await loadShapes()).presentVersion(asset);
      },
    }),
    show: makeShow("model", loadShapes),
    list: makeList("model", loadShapes),
    update: makeUpdate("model", loadShapes),
    archive: makeArchive("model", true),
    restore: makeArchive("model", false),
    download: defineCommand({
      summary: "copy the content of a model",
      options: {
        name: requiredText(["--name", "-n"], "Name.", { placeholder: "NAME", completes: "model" }),
        version: requiredText(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
        downloadPath: text(["--download-path", "-p"], "Folder to copy into, below the model's name. (default: .)", {
          placeholder: "DIR",
          completes: "folder",
        }),
      },
      examples: ["batchwise model download --name digits --version 1 --download-path ./models"],
      run: async ({ name, version, downloadPath }, call) => {
        const asset = await findVersion(await call.openCatalog(), "model", name, { version, label: null });
        const { copyContent } = await import("./copy-content.ts");
        call.note(`Downloaded to ${copyContent(asset, downloadPath ?? ".")}`);
        return null;
      },
    }),
  },
};

/** `--tags k=v …` as values to put into a file. */
export function setTags(given: readonly string[]): SetValue[] {
  return given.map((word) => {
    const at = word.indexOf("=");
    const [key, value] = at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
    return { path: ["tags", key], value, label: "--tags" };
  });
}
