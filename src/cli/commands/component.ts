import { createHash } from "node:crypto";
import { type CommandGroup, defineCommand, text } from "../az/command.ts";
import { makeArchive, makeList, makeShow, noteSameContent } from "./asset-verbs.ts";
import { requiredFileOption, setFlags, setOption } from "./shared-options.ts";

async function loadShapes() {
  const { presentComponent, presentComponentContainer } = await import("../../catalog/present/component.ts");
  return {
    presentVersion: presentComponent,
    presentListedVersion: presentComponent,
    presentContainer: presentComponentContainer,
  };
}

export const component: CommandGroup = {
  summary: "components: kept and shown; pipeline deployments do not run here",
  commands: {
    create: defineCommand({
      summary: "register a component",
      options: {
        file: requiredFileOption,
        name: text(["--name", "-n"], "Name.", { placeholder: "NAME" }),
        version: text(["--version", "-v"], "Version.", { placeholder: "VERSION" }),
        set: setOption,
      },
      examples: ["batchwise component create -f component.yml"],
      run: async ({ file, name, version, set }, call) => {
        const { parseComponentFile } = await import("../../config/files/component-file.ts");
        const { parseSetArguments } = await import("../../config/files/set-arguments.ts");
        const { addVersion } = await import("../../catalog/asset-versions.ts");
        const { value } = parseComponentFile({ path: file }, [
          ...parseSetArguments(set),
          ...setFlags({ name, version }),
        ]);
        const definition = Object.fromEntries(
          Object.entries(value).filter(
            ([key, each]) => each !== null && !["name", "version", "description", "tags"].includes(key),
          ),
        );
        const { asset, isNew } = addVersion(await call.openCatalog(), {
          kind: "component",
          name: value.name,
          version: value.version,
          type: value.type ?? "command",
          path: null,
          source: file,
          byReference: false,
          hash: createHash("sha256").update(JSON.stringify(definition)).digest("hex"),
          isAnonymous: false,
          description: value.description,
          stage: null,
          tags: value.tags ?? {},
          properties: value.properties ?? {},
          definition,
        });
        noteSameContent(call, asset, isNew);
        return (await loadShapes()).presentVersion(asset);
      },
    }),
    show: makeShow("component", loadShapes),
    list: makeList("component", loadShapes),
    archive: makeArchive("component", true),
    restore: makeArchive("component", false),
  },
};
