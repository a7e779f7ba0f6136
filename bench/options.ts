import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What `npm run bench -- …` was asked for. */
export interface BenchOptions {
  /** Names of rows; empty for all. */
  readonly only: readonly string[];
  readonly repeat: number;
  /** `local`: what the standard library and joblib offer; `all`: Ray too. */
  readonly peers: "local" | "all";
  /** Small sizes: shows in less than a minute that everything runs; its figures say little. */
  readonly quick: boolean;
  /** Inputs of the rows with many files are this many times as large. */
  readonly scale: number;
  /** Folder of the package to measure; null for a new build of this repository. */
  readonly package: string | null;
}

export const usage = `npm run bench -- [options]

  --only NAME    a row by its name; may be given several times (all)
  --repeat N     repetitions of each contender, in turn (3; with --quick 1)
  --peers SET    local or all; all adds Ray and Ray Data (local)
  --quick        small sizes, less than a minute
  --scale N      the row many-files also with N times its files, to see whether memory stays flat (1)
  --package DIR  measure the package in this folder, for example another version (a build of this repository)
  --list         names of the rows
`;

/** Reads the command line; throws an Error with one sentence for wrong use. */
export function readOptions(
  args: readonly string[],
): BenchOptions & { readonly list: boolean; readonly help: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      repeat: { type: "string" },
      peers: { type: "string", default: "local" },
      quick: { type: "boolean", default: false },
      scale: { type: "string", default: "1" },
      package: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { peers } = values;
  if (peers !== "local" && peers !== "all") throw new Error(`--peers is local or all, not "${peers}"`);
  return {
    only: values.only,
    repeat: readCount("--repeat", values.repeat ?? (values.quick ? "1" : "3")),
    peers,
    quick: values.quick,
    scale: readCount("--scale", values.scale),
    package: values.package === undefined ? null : resolve(values.package),
    list: values.list,
    help: values.help,
  };
}

function readCount(name: string, raw: string): number {
  const value = Number(raw);
  if (!Number.isInteger(value) || value < 1 || value > 1000)
    throw new Error(`${name} is a whole number from 1 to 1000, not "${raw}"`);
  return value;
}
