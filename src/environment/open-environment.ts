import { type BuildOptions, buildFromSpec } from "./build-environment.ts";
import { findConda } from "./conda-builder.ts";
import { findOnPath } from "./installed-pythons.ts";
import { readEnvironmentFile } from "./read-environment-file.ts";

/**
 * The interpreter of an environment file: the one that it names, or that of the environment that is built of it. Null when it has a container image and nothing
 * else: then the job runs under the Python of this machine.
 */
export async function openEnvironment(file: string, home: string, options: BuildOptions): Promise<string | null> {
  const env = options.env ?? process.env;
  const spec = await readEnvironmentFile(file, options.keepAzureml ?? false, findConda(env) !== null);
  if (spec.use === "build") return (await buildFromSpec(spec, file, home, options)).executable;
  for (const notice of spec.notices) options.onNotice?.(notice);
  if (spec.interpreter === null) return null;
  return spec.interpreter.includes("/") ? spec.interpreter : (findOnPath(spec.interpreter, env) ?? spec.interpreter);
}
