import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTestPython } from "./python.ts";

const makeWheel = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/tiny-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("tiny.py", "answer = 42\\n")
    wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\\n")
`;

/** A package of one module, `tiny.answer == 42`, and a requirements file for it, in the folder: an environment that is built without a network. Returns the file. */
export function writeTinyPackage(folder: string): string {
  execFileSync(findTestPython(), ["-c", makeWheel, folder]);
  const file = join(folder, "tiny.txt");
  writeFileSync(file, "--no-index\n./tiny-1.0-py3-none-any.whl\n");
  return file;
}
