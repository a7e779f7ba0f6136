import { compareVersions, oldestPython, type PythonVersion, parsePythonVersion } from "./python-version.ts";
import { type ProgramResult, runProgram } from "./run-program.ts";

/** A Python as it describes itself. */
export interface ProbedPython {
  /** `sys.executable`: never a shim, and inside a virtual environment its own `bin/python`. */
  readonly executable: string;
  /** For example "3.11.7". */
  readonly version: string;
  /** Folder of the installation; without site packages a virtual environment names the one it was built on. */
  readonly basePrefix: string;
}

// Ancient syntax on purpose: a Python 2 answers as well, so that the message can name its version.
const probeCode =
  "import sys, json; sys.stdout.write(json.dumps({'python': '.'.join(map(str, sys.version_info[:3])), 'executable': sys.executable, 'prefix': sys.prefix}))";

/** A Python that answers in 20 s is alive, even from a cold network disk. */
export const probeTimeoutMs = 20_000;

/** Asks an interpreter what it is; null when it is not there or does not answer as a Python does. */
export async function probePython(path: string, env?: NodeJS.ProcessEnv): Promise<ProbedPython | null> {
  // -S: no site packages, a third of the start-up time; what is asked here does not depend on them.
  const result = await runProgram(path, ["-S", "-c", probeCode], {
    timeoutMs: probeTimeoutMs,
    ...(env === undefined ? {} : { env }),
  });
  return readProbe(result);
}

/** Reads the answer of a probe, or of `check.py`, which has the same keys and more. */
export function readProbe(result: ProgramResult): (ProbedPython & { readonly answer: Record<string, unknown> }) | null {
  const line = result.stdout.split("\n").findLast((text) => text.startsWith("{"));
  if (line === undefined) return null;
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== "object" || answer === null) return null;
    const { python, executable, prefix } = answer as Record<string, unknown>;
    if (typeof python !== "string" || typeof executable !== "string" || typeof prefix !== "string") return null;
    return { executable, version: python, basePrefix: prefix, answer: answer as Record<string, unknown> };
  } catch {
    return null;
  }
}

/** True when the worker can run under it. */
export function isNewEnough(python: { readonly version: string }): boolean {
  return compareVersions(versionOf(python), oldestPython) >= 0;
}

export function versionOf(python: { readonly version: string }): PythonVersion {
  return parsePythonVersion(python.version) ?? [];
}
