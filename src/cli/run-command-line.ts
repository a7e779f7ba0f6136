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
    if (args[0] === "drive-job") return await (await import("./drive-job-command.ts")).driveJobCommand(args.slice(1));
    const verb = await runVerbCommand(readArguments(args));
    if (verb !== null) return verb;
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

/** The commands that are declared in tables: those of `az ml`, and ours that are made in the same way. Null for the others. */
async function runVerbCommand(args: readonly string[]): Promise<ExitCode | null> {
  const [first = "", ...rest] = args;
  const word = first.toLowerCase();
  if (word === "az") return await (await import("./az/run-az.ts")).runAz(rest);
  if (word === "__complete") {
    const found = await (await import("./az/complete.ts")).complete(rest);
    process.stdout.write(found.map((each) => `${each}\n`).join(""));
    return exitCodes.ok;
  }
  const { isVerbCommand } = await import("./az/command-index.ts");
  if (word === "help" && rest[0] !== undefined && isVerbCommand(rest[0]))
    return await (await import("./az/run-verb.ts")).runVerb([...rest, "-h"]);
  return isVerbCommand(word) ? await (await import("./az/run-verb.ts")).runVerb(args) : null;
}
