/** Entry of the command, started by bin/batchwise. Only what every start needs is loaded here. */

// bin/batchwise sets these for this process; neither workers nor builders of environments shall inherit them.
if (process.env.BATCHWISE_COMPILE_CACHE !== undefined) {
  delete process.env.BATCHWISE_COMPILE_CACHE;
  delete process.env.NODE_COMPILE_CACHE;
}

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  const { readVersion } = await import("./version.ts");
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { runCommandLine } = await import("./run-command-line.ts");
  process.exitCode = await runCommandLine(args);
}
