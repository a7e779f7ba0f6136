import type { JobOutcome, ProgressSnapshot } from "../driver/job-outcome.ts";
import type { ProgressView } from "./progress-view.ts";
import type { TextStream } from "./terminal.ts";

/** At most this often; the last state of each phase is always written. */
const intervalMs = 1000;

/**
 * One JSON object a line. `{"type":"progress", …}` carries the fields of ProgressSnapshot, `{"type":"note","text":…}` a notice, and the last line,
 * `{"type":"summary", …}`, the fields of JobOutcome with `error` as `{code, message, hint}` or null. Described in docs/reference/progress-json.md.
 */
export class JsonProgress implements ProgressView {
  readonly #stream: TextStream;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastPhase = "";
  #held: ProgressSnapshot | null = null;

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  update(snapshot: ProgressSnapshot): void {
    if (snapshot.phase === this.#lastPhase && snapshot.elapsedMs - this.#lastMs < intervalMs) {
      this.#held = snapshot;
      return;
    }
    if (snapshot.phase !== this.#lastPhase) this.#writeHeld();
    this.#write(snapshot);
  }

  note(text: string): void {
    this.#writeLine({ type: "note", text });
  }

  end(): void {
    this.#writeHeld();
  }

  showOutcome(outcome: JobOutcome): boolean {
    const { error, ...rest } = outcome;
    const shown = error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null };
    this.#writeLine({ type: "summary", ...rest, error: shown });
    return true;
  }

  #writeHeld(): void {
    if (this.#held !== null) this.#write(this.#held);
  }

  #write(snapshot: ProgressSnapshot): void {
    this.#held = null;
    this.#lastMs = snapshot.elapsedMs;
    this.#lastPhase = snapshot.phase;
    this.#writeLine({ type: "progress", ...snapshot, elapsedMs: Math.round(snapshot.elapsedMs) });
  }

  #writeLine(value: object): void {
    this.#stream.write(`${JSON.stringify(value)}\n`);
  }
}
