import type { JobSettings } from "../config/job-settings.ts";
import type { PythonInterpreter } from "../environment/find-python.ts";
import type { ProgressView } from "./progress-view.ts";

/** Finds the interpreter of a job, and builds its environment where it names one; steps are shown. `script` is checked on the way. */
export async function findInterpreter(
  settings: JobSettings,
  home: string,
  view: ProgressView,
  script: string | null,
): Promise<PythonInterpreter> {
  const { findPython } = await import("../environment/find-python.ts");
  return findPython({
    python: settings.python,
    environmentFile: settings.environmentFile,
    home,
    script,
    keepAzureml: settings.keepAzureml,
    pythonVersionFallback: settings.pythonVersionFallback,
    onProgress: (line) => view.note(line),
    onNotice: (text) => view.note(`note: ${text}`),
  });
}
