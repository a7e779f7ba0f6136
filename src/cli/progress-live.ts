import type { ProgressSnapshot } from "../driver/job-outcome.ts";
import { describeProgress } from "./describe-progress.ts";
import { countEnded, type ProgressView } from "./progress-view.ts";
import { RateEstimator } from "./rate.ts";
import { makeStyle, type Style, showLine, showText, type TextStream } from "./terminal.ts";

const barWidth = 20;
const eraseLine = "\r\u001b[2K";

/** One line that is rewritten in place. */
export class LiveProgress implements ProgressView {
  readonly #stream: TextStream;
  readonly #style: Style;
  readonly #rate = new RateEstimator();
  #line = "";

  constructor(stream: TextStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    this.#style = makeStyle(stream, env);
  }

  update(snapshot: ProgressSnapshot): void {
    this.#rate.add(snapshot.elapsedMs, snapshot.endedThisRun);
    if (snapshot.phase === "ended") return;
    const width = Math.max(10, (this.#stream.columns || 80) - 1);
    const bar = width >= 60 ? `${drawBar(snapshot)} ` : "";
    const text = showLine(describeProgress(snapshot, this.#rate).join(" · "), width - bar.length);
    const line = (bar === "" ? "" : this.#style.green(bar)) + (snapshot.failed > 0 ? this.#style.yellow(text) : text);
    if (line === this.#line) return;
    this.#line = line;
    this.#stream.write(eraseLine + line);
  }

  note(text: string): void {
    this.#stream.write(`${this.#line === "" ? "" : eraseLine}${showText(text)}\n${this.#line}`);
  }

  end(): void {
    if (this.#line !== "") this.#stream.write(eraseLine);
    this.#line = "";
  }

  showOutcome(): boolean {
    return false;
  }
}

/** Empty while nobody knows how much there is. */
function drawBar(snapshot: ProgressSnapshot): string {
  const share = snapshot.planComplete && snapshot.listed > 0 ? countEnded(snapshot) / snapshot.listed : 0;
  const full = Math.floor(share * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
}
