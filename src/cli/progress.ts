import type { ProgressMode } from "../config/settings.ts";
import { JsonProgress } from "./progress-json.ts";
import { LiveProgress } from "./progress-live.ts";
import { PlainProgress } from "./progress-plain.ts";
import type { ProgressView } from "./progress-view.ts";
import type { TextStream } from "./terminal.ts";

/** The view for a mode; `auto` is live on a terminal and plain elsewhere. */
export function openProgress(
  mode: ProgressMode,
  stream: TextStream,
  env: NodeJS.ProcessEnv = process.env,
): ProgressView {
  switch (mode) {
    case "auto":
      return openProgress(stream.isTTY === true && env.TERM !== "dumb" ? "live" : "plain", stream, env);
    case "live":
      return new LiveProgress(stream, env);
    case "plain":
      return new PlainProgress(stream);
    case "json":
      return new JsonProgress(stream);
    case "none":
      return { update() {}, note() {}, end() {}, showOutcome: () => false };
  }
}
