import type { CheckOptions } from "./check-options.ts";
import { makeFinding } from "./check-script.ts";
import { chooseTargetPython } from "./choose-python.ts";
import type { Finding } from "./finding.ts";
import type { CheckedEnvironment } from "./read-environment.ts";

/** A finding when no Python of this machine meets the environment's condition. */
export async function checkPythonVersion(
  { spec }: CheckedEnvironment,
  place: { readonly file: string; readonly line: number; readonly column: number },
  options: CheckOptions,
): Promise<Finding[]> {
  if (spec?.python == null) return [];
  const python = await chooseTargetPython(null, spec, options.home);
  if (python.meetsCondition) return [];
  const wanted = spec.python.text.replace(/^=+/, "");
  const message = `the environment asks for Python ${wanted}, which is not on this machine; read with Python ${python.version} instead`;
  return [makeFinding("python-not-installed", place.file, place, message)];
}
