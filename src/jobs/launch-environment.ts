/** Variables that decide which Python is found, and how it reads text and time. */
const names = [
  "PATH",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "CONDA_DEFAULT_ENV",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "UV_CACHE_DIR",
];
const prefixes = ["LC_", "BATCHWISE_", "PIP_", "UV_"];
/** Where the home folder is stands on the driver's command line. */
const own = new Set(["BATCHWISE_HOME", "BATCHWISE_COMPILE_CACHE"]);

function isLaunchVariable(name: string): boolean {
  return (names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix))) && !own.has(name);
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
