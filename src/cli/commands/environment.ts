import { type CommandGroup, defineCommand, text, words } from "../az/command.ts";
import { makeArchive, makeList, makeShow, makeUpdate, noteSameContent } from "./asset-verbs.ts";
import { setTags } from "./model.ts";
import { fileOption, setFlags, setOption, sourceOf } from "./shared-options.ts";

async function loadShapes() {
  const { presentEnvironment, presentEnvironmentContainer, presentEnvironmentListItem } = await import(
    "../../catalog/present/environment.ts"
  );
  return {
    presentVersion: presentEnvironment,
    presentListedVersion: presentEnvironmentListItem,
    presentContainer: presentEnvironmentContainer,
  };
}

export const environment: CommandGroup = {
  summary: "registered environments",
  commands: {
    create: defineCommand({
      summary: "register an environment: packages for scripts, built once at first use",
      options: {
        file: fileOption,
        name: text(["--name", "-n"], "Name.", { placeholder: "NAME" }),
        version: text(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
        image: text(["--image", "-i"], "Container image; taken, and left aside by the local compute.", {
          placeholder: "IMAGE",
        }),
        condaFile: text(["--conda-file", "-c"], "Conda file, python_env.yaml or requirements file.", {
          placeholder: "FILE",
          completes: "file",
        }),
        buildContext: text(
          ["--build-context", "-b"],
          "Folder with a Dockerfile; taken, and left aside by the local compute.",
          {
            placeholder: "DIR",
            completes: "folder",
          },
        ),
        dockerfilePath: text(["--dockerfile-path", "-d"], "Dockerfile in the build context.", { placeholder: "FILE" }),
        osType: text(["--os-type"], "Operating system.", { choices: ["linux", "windows"] }),
        description: text(["--description"], "Description.", { placeholder: "TEXT" }),
        tags: words(["--tags"], "Tags.", { placeholder: "KEY=VALUE" }),
        datastore: text(["--datastore"], "Taken and left aside.", { placeholder: "NAME" }),
        set: setOption,
      },
      examples: [
        "batchwise environment create --file environment.yml",
        "batchwise environment create --name scoring --conda-file conda.yaml --image ubuntu",
      ],
      run: async (values, call) => {
        const { parseEnvironmentFile } = await import("../../config/files/asset-files.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { registerEnvironment } = await import("../../catalog/register-asset.ts");
        const { name, version, image, description } = values;
        const file = parseEnvironmentFile(sourceOf(values.file), [
          ...parseSetArguments(values.set),
          ...setFlags({
            name,
            version,
            image,
            description,
            conda_file: values.condaFile,
            os_type: values.osType,
            "build.path": values.buildContext,
            "build.dockerfile_path": values.dockerfilePath,
          }),
          ...setTags(values.tags),
        ]);
        const { asset, isNew } = registerEnvironment(await call.openCatalog(), file);
        noteSameContent(call, asset, isNew);
        return (await loadShapes()).presentVersion(asset);
      },
    }),
    show: makeShow("environment", loadShapes),
    list: makeList("environment", loadShapes),
    update: makeUpdate("environment", loadShapes),
    archive: makeArchive("environment", true),
    restore: makeArchive("environment", false),
  },
};
