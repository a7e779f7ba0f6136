import { findConda } from "../environment/conda-builder.ts";
import { findPython } from "../environment/find-python.ts";
import { findOnPath, listInstalledPythons } from "../environment/installed-pythons.ts";
import { runProgram } from "../environment/run-program.ts";
import { BatchwiseError } from "../errors.ts";
import { type Finding, fail, ok, warn } from "./diagnosis-finding.ts";

/** Whether scripts find a Python, and environments can be built. */
export async function checkPythons(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const installed = await listInstalledPythons(env);
  const uv = findOnPath("uv", env);
  const conda = findConda(env);
  const findings = [await checkDefaultPython(env)];
  const list = installed.map(({ version, executable }) => `${version} (${executable})`);
  if (list.length > 0) findings.push(ok("pythons", list.join(", ")));
  findings.push(await checkBuilder(uv, installed[0]?.executable ?? null));
  findings.push(
    conda === null
      ? warn(
          "conda",
          "not found",
          "only environments with packages that PyPI does not have need it; install micromamba for those",
        )
      : ok("conda", `${conda.name} (${conda.path})`),
  );
  return findings;
}

async function checkDefaultPython(env: NodeJS.ProcessEnv): Promise<Finding> {
  const named = env.BATCHWISE_PYTHON;
  try {
    const python = named === undefined || named === "" ? null : named;
    const found = await findPython({ python, environmentFile: null, home: "", env });
    return ok("python", `${found.version} (${found.executable})`);
  } catch (error) {
    if (!(error instanceof BatchwiseError)) throw error;
    return fail("python", error.message.split("\n", 1)[0] as string, error.hint ?? "install Python 3.8 or later");
  }
}

/** uv builds environments in seconds; without it venv and pip do, where Python has them (Debian's has not). */
async function checkBuilder(uv: string | null, python: string | null): Promise<Finding> {
  if (uv !== null) return ok("builder", `uv (${uv})`);
  if (python === null)
    return fail("builder", "no Python to build environments with", "install Python 3.8 or later, and uv");
  const { code } = await runProgram(python, ["-c", "import venv, ensurepip"], { timeoutMs: 20_000 });
  if (code === 0)
    return warn("builder", "venv and pip", "install uv (pip install uv): it builds environments many times faster");
  return fail(
    "builder",
    `${python} has neither venv nor ensurepip`,
    "install uv (pip install uv), or python3-venv (apt install python3-venv)",
  );
}
