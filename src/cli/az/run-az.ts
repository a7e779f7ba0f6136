import { type ExitCode, exitCodes } from "../../errors.ts";
import { AzError } from "./az-error.ts";
import { runCommand, runVerb } from "./run-verb.ts";
import { showAzError } from "./show-error.ts";

/**
 * What the `az` of `batchwise shim` calls: `ml …` is ours; the other groups that scripts round batch scoring use are answered (other-groups.ts); anything else
 * is another service, and says so with exit code 2.
 */
export async function runAz(args: readonly string[]): Promise<ExitCode> {
  const [first, ...rest] = args;
  if (first?.toLowerCase() === "ml") return await runMl(rest);
  try {
    const { findOther } = await import("./other-groups.ts");
    const found = findOther(args);
    if (found !== null) return await runCommand(found);
    throw new AzError(
      2,
      `az ${args.join(" ")}: this az is Batchwise's and reaches no cloud; it knows az ml, and only what scripts use beside it.`,
    );
  } catch (error) {
    showAzError(error, args.includes("--debug"));
    return error instanceof AzError ? error.exitCode : exitCodes.failed;
  }
}

async function runMl(args: readonly string[]): Promise<ExitCode> {
  const [first, second, ...rest] = args;
  if (first === undefined || first === "-h" || first === "--help") {
    const { renderIndexHelp } = await import("./help.ts");
    const { groupIndex } = await import("./command-index.ts");
    (first === undefined ? process.stderr : process.stdout).write(renderIndexHelp(groupIndex));
    return first === undefined ? exitCodes.usage : exitCodes.ok;
  }
  // The scripts of 2021 name the kind of endpoint with an option.
  if (first.toLowerCase() === "endpoint" || first.toLowerCase() === "deployment") {
    const kind = takeType(rest);
    if (kind.type === "batch" && second !== undefined) return await runVerb([`batch-${first}`, second, ...kind.rest]);
  }
  return await runVerb(args);
}

function takeType(args: readonly string[]): { type: string | null; rest: readonly string[] } {
  const at = args.findIndex((arg) => arg === "--type" || arg === "-t");
  if (at < 0) return { type: null, rest: args };
  return { type: args[at + 1]?.toLowerCase() ?? null, rest: [...args.slice(0, at), ...args.slice(at + 2)] };
}
