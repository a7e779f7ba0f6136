/** Runs one of the loops in bench/peers that people write instead. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { type BenchContext, benchFolder } from "./context.ts";
import { expectSuccess, runCommand } from "./run-command.ts";

export interface PeerRequest {
  /** File in bench/peers. */
  readonly peer: string;
  readonly python: string;
  readonly script: string;
  readonly input: string;
  readonly miniBatchSize: number;
  readonly workers: number;
  readonly chunk?: number;
  /** Score only that many mini-batches. */
  readonly limit?: number;
  readonly model?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface PeerResult {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly outputFile: string;
  readonly remove: () => void;
  /** What the peer says of itself. */
  readonly miniBatches: number;
  readonly runMs: number;
  readonly longestRunMs: number;
  readonly firstStartMs: number;
  readonly lastEndMs: number;
  /** From the start of the command to the first row in the file. */
  readonly firstRowMs: number;
}

let count = 0;

/** Runs a peer to its end; throws when it fails. */
export async function runPeer(context: BenchContext, request: PeerRequest): Promise<PeerResult> {
  const outputFile = join(context.scratch, `${request.peer}-${count++}.csv`);
  const args = [
    join(benchFolder, "peers", `${request.peer}.py`),
    ...["--script", request.script, "--input", request.input, "--output", outputFile],
    ...["--size", String(request.miniBatchSize), "--workers", String(request.workers)],
    ...["--chunk", String(request.chunk ?? 1), "--limit", String(request.limit ?? 0)],
  ];
  const env = {
    ...context.env,
    // Ours caps the thread pools of numerical libraries in the same way.
    OMP_NUM_THREADS: "1",
    ...(request.model === undefined ? {} : { AZUREML_MODEL_DIR: request.model }),
    ...request.env,
  };
  const command = expectSuccess(await runCommand(request.python, args, { env }), `the peer ${request.peer}`);
  const said = JSON.parse(command.stdout.trim().split("\n").at(-1) ?? "{}");
  return {
    wallMs: command.wallMs,
    cpuMs: command.cpuMs,
    outputFile,
    remove: () => rmSync(outputFile, { force: true }),
    miniBatches: said.mini_batches,
    runMs: said.run_s * 1000,
    longestRunMs: said.longest_run_s * 1000,
    firstStartMs: said.first_start_s * 1000,
    lastEndMs: said.last_end_s * 1000,
    firstRowMs: said.first_row_s * 1000 - command.startedAtMs,
  };
}
