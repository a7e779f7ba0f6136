import { BatchwiseError, type ExitCode, exitCodes } from "../errors.ts";
import { printError } from "./print-error.ts";
import { readArguments } from "./read-arguments.ts";

/** Runs one command line and returns the exit code. Every error that escapes a command is shown here, and nowhere else. */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  // A reader that went away (`| head`) or a closed terminal must not stop a job.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  process.on("uncaughtException", (error) => {
    // A bug: nothing can be trusted any more. Workers end with this process, the ledger keeps what was committed.
    printError(error);
    process.exit(exitCodes.failed);
  });
  try {
    const { parseCommandLine } = await import("./parse-command-line.ts");
    const parsed = parseCommandLine(readArguments(args));
    switch (parsed.command) {
      case "help":
        (parsed.isError ? process.stderr : process.stdout).write(parsed.text);
        return parsed.isError ? exitCodes.usage : exitCodes.ok;
      case "version":
        process.stdout.write(`${(await import("./version.ts")).readVersion()}\n`);
        return exitCodes.ok;
      case "score":
        return await (await import("./score.ts")).score(parsed);
      case "resume":
        return await (await import("./resume.ts")).resume(parsed);
      case "replay":
        return await (await import("./replay.ts")).replay(parsed);
    }
  } catch (error) {
    printError(error);
    return error instanceof BatchwiseError ? error.exitCode : exitCodes.failed;
  }
}
