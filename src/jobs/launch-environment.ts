/**
 * Variables that decide which Python is found, how it reads text and time, and which GPUs there are. Not those of pip and uv: they may hold passwords, and what is
 * written here stays in the job folder.
 */
const names = [
  "PATH",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "CONDA_DEFAULT_ENV",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "CUDA_VISIBLE_DEVICES",
];
const prefixes = ["LC_", "BATCHWISE_PYTHON"];

function isLaunchVariable(name: string): boolean {
  return names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

/** What a job remembers of the environment that it was submitted in: whoever starts its driver later, the same Python is found. */
export function captureLaunchEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const launch: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isLaunchVariable(name)) launch[name] = value;
  }
  return launch;
}

/** Puts a job's launch variables in place of those of this process. */
export function restoreLaunchEnvironment(launch: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (isLaunchVariable(name)) delete env[name];
  Object.assign(env, launch);
}
