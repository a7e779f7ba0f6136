import { createInterface } from "node:readline";
import type { Catalog } from "../../catalog/catalog.ts";
import type { ExitCode } from "../../errors.ts";
import { makeStyle, showText } from "../terminal.ts";
import { AzError } from "./az-error.ts";

export interface CallSettings {
  /** Absolute path of the home folder. */
  readonly home: string;
  readonly onlyShowErrors: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  /** Words that are no options. */
  readonly operands: readonly string[];
}

/** What a command has at hand while it runs: the catalog, and stderr. stdout belongs to the result alone (and to `job stream`). */
export class Call {
  readonly home: string;
  readonly operands: readonly string[];
  /** What the process ends with when nothing is thrown. */
  exitCode: ExitCode = 0;
  readonly #settings: CallSettings;
  #catalog: Catalog | null = null;

  constructor(settings: CallSettings) {
    this.home = settings.home;
    this.operands = settings.operands;
    this.#settings = settings;
  }

  /** The catalog of the home folder, opened at first use and closed at the end of the command. */
  async openCatalog(): Promise<Catalog> {
    if (this.#catalog === null) {
      const { openCatalog } = await import("../../catalog/catalog.ts");
      this.#catalog = openCatalog(this.home);
    }
    return this.#catalog;
  }

  /** What every command does before it ends: jobs that wait are started, those whose driver was killed are taken note of. There is no daemon that would. */
  async healQueues(): Promise<void> {
    if (this.#catalog === null || this.#catalog.jobs.listBusyComputes().length === 0) return;
    const { healJobs } = await import("../../jobs/queue.ts");
    healJobs(this.#catalog);
  }

  close(): void {
    this.#catalog?.close();
    this.#catalog = null;
  }

  /** A line for people on stderr: progress, or how to go on. */
  note(text: string): void {
    if (!this.#settings.onlyShowErrors) process.stderr.write(`${showText(text)}\n`);
  }

  warn(text: string): void {
    if (this.#settings.onlyShowErrors) return;
    const style = makeStyle(process.stderr);
    const shown = showText(text);
    process.stderr.write(isColoured() ? `${style.yellow(shown)}\n` : `WARNING: ${shown}\n`);
  }

  /** Shown with `--verbose` and `--debug`. */
  info(text: string): void {
    if (this.#settings.verbose || this.#settings.debug) process.stderr.write(`INFO: ${showText(text)}\n`);
  }

  /** Asks before something is deleted. Throws when the answer is no, or nobody is there to ask. */
  async confirm(yes: boolean): Promise<void> {
    if (yes) return;
    if (!process.stdin.isTTY) {
      this.warn("Unable to prompt for confirmation as no tty available. Use --yes.");
      throw new AzError(1, "Operation cancelled.");
    }
    const question = "Are you sure you want to perform this operation? (y/n): ";
    const lines = createInterface({ input: process.stdin });
    try {
      process.stderr.write(question);
      for await (const line of lines) {
        if (/^\s*(y|yes)\s*$/i.test(line)) return;
        if (/^\s*(n|no)\s*$/i.test(line)) break;
        process.stderr.write(question);
      }
      throw new AzError(1, "Operation cancelled.");
    } finally {
      lines.close();
    }
  }
}

function isColoured(): boolean {
  return makeStyle(process.stderr).red("") !== "";
}
