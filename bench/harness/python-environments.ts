import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDemoHome } from "../../scripts/demo/demo-home.ts";
import { type Example, examples } from "../../scripts/demo/examples.ts";
import { prepareExample } from "../../scripts/demo/prepare-examples.ts";
import { buildEnvironment } from "../../src/environment/build-environment.ts";
import { benchFolder, repositoryRoot } from "./context.ts";

/** The default Python with joblib; null with a note when that cannot be installed. */
export async function ensurePeerPython(environments: string, note: (text: string) => void): Promise<string | null> {
  return await tryBuild(join(benchFolder, "peers", "requirements.txt"), environments, note);
}

/** The same with Ray. */
export async function ensureRayPython(environments: string, note: (text: string) => void): Promise<string | null> {
  return await tryBuild(join(benchFolder, "peers", "requirements-ray.txt"), environments, note);
}

async function tryBuild(file: string, home: string, note: (text: string) => void): Promise<string | null> {
  try {
    const built = await buildEnvironment(file, home, { onProgress: () => {} });
    if (built.wasBuilt) note(`built the Python environment of ${file}`);
    return built.executable;
  } catch (error) {
    note(`note: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

/** Data, model and Python environment of an example, shared with the demo. With `onlyExisting` null when the environment was never built. */
export async function ensureExample(
  name: keyof typeof examples,
  onlyExisting: boolean,
): Promise<PreparedExample | null> {
  const example: Example = examples[name];
  const folder = join(repositoryRoot, "examples", example.name);
  if (onlyExisting && !existsSync(join(folder, "model"))) return null;
  const built = await buildEnvironment(join(folder, "environment", "conda.yaml"), openDemoHome());
  await prepareExample(example, built.executable, built.hash);
  return { folder, input: join(folder, example.input), python: built.executable };
}

export interface PreparedExample {
  readonly folder: string;
  readonly input: string;
  readonly python: string;
}
