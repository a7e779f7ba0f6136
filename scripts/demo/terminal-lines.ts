import { styleText } from "node:util";

/** Prints a heading of the demo. */
export function printHeading(text: string): void {
  console.log(`\n${styleText("bold", text)}`);
}

export function printDim(text: string): void {
  console.log(styleText("dim", text));
}

/** A function that shows a line over the last one on a terminal, and nothing elsewhere; call it with "" to wipe. */
export function createStatusLine(): (text: string) => void {
  const { stdout } = process;
  if (!stdout.isTTY) return () => {};
  return (text) => {
    const line = text.slice(0, Math.max(0, (stdout.columns ?? 80) - 1));
    stdout.write(`\r\u001b[K${styleText("dim", line)}`);
  };
}

/** "18.2 s" from milliseconds. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
