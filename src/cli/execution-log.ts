import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BatchwiseError } from "../errors.ts";
import { showText, type TextStream } from "./terminal.ts";

/**
 * What a detached driver tells people, one line at a time with the time before it: `[2026-11-23 17:45:00Z] text`. `job stream` shows this file. It is written at
 * once, so that a killed driver leaves its last words.
 */
export class ExecutionLog implements TextStream {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  write(text: string): void {
    const time = `[${new Date().toISOString().slice(0, 19).replace("T", " ")}Z]`;
    const lines = text.replace(/\n$/, "").split("\n");
    appendFileSync(this.#path, lines.map((line) => `${time} ${line}\n`).join(""), { mode: 0o600 });
  }

  writeError(error: unknown): void {
    const isForeseen = error instanceof BatchwiseError;
    const message =
      error instanceof Error ? (isForeseen ? error.message : (error.stack ?? error.message)) : String(error);
    this.write(`error: ${showText(message)}`);
    if (isForeseen && error.hint !== undefined) this.write(`hint: ${showText(error.hint)}`);
  }
}
