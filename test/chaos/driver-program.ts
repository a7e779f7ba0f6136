/**
 * The driver program that the harness starts: a private copy of the sources as they are now, so that a long run is not disturbed by somebody who edits
 * them, with a compile cache, without which loading takes longer than a whole job.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(dirname(import.meta.dirname));

export interface DriverProgram {
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
  remove(): void;
}

/** Copies sources and worker to a temporary folder. */
export function copyDriverProgram(): DriverProgram {
  const folder = mkdtempSync(join(tmpdir(), "batchwise-driver-"));
  for (const part of ["src", "python/batchwise_worker", "test/chaos/drive.ts", "package.json"]) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith(".test.ts") && !path.endsWith("__pycache__"),
    });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return {
    path: join(folder, "test/chaos/drive.ts"),
    environment: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
