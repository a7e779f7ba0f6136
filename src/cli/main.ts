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
  const code = await runCommandLine(args);
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  // Not by waiting for the event loop to run dry: a forgotten timer must not hold the user's prompt.
  process.exit(code);
}

/** Resolves when all that was written has left this process; a reader that is gone (`| head`) counts as well. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
