import type { Goal, Metric, RowResult } from "./row.ts";
import { median } from "./statistics.ts";

/** The table of one row: medians, the range, and the ratio to the first contender, repetition by repetition. */
export function renderRow(result: RowResult): string {
  const { plan } = result;
  const hasRatio = plan.ratioOf !== null && plan.contenders.length > 1;
  const head = ["", ...plan.metrics.map(({ label }) => label), ...(hasRatio ? ["ratio"] : []), "runs"];
  const lines = plan.contenders.map(({ name }) => [
    name,
    ...plan.metrics.map((metric) => renderMetric(metric, result, name)),
    ...(hasRatio ? [renderRatio(result, name)] : []),
    String(result.samples.get(name)?.length ?? 0),
  ]);
  const notes = new Set([
    ...plan.contenders.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`])),
    ...plan.skipped.map((text) => `not measured: ${text}`),
  ]);
  return [
    `### ${result.name}: ${result.title}`,
    "",
    `${plan.parameters}; load ${result.loadBefore} before, ${result.loadAfter} after.`,
    "",
    ...renderTable(head, lines),
    ...(notes.size === 0 ? [] : ["", ...[...notes].map((note) => `- ${note}`)]),
    "",
  ].join("\n");
}

export interface Verdict {
  readonly row: string;
  readonly goal: Goal;
  readonly measured: number;
  readonly text: "aim met" | "met" | "missed";
}

export function judgeRow(result: RowResult): Verdict[] {
  return result.plan.goals.map((goal) => {
    const measured = median(readSamples(result, goal.contender, goal.metric));
    const isWithin = (limit: number) => (goal.better === "lower" ? measured <= limit : measured >= limit);
    return {
      row: result.name,
      goal,
      measured,
      text: isWithin(goal.aim) ? "aim met" : isWithin(goal.must) ? "met" : "missed",
    };
  });
}

export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ row, goal, measured, text }) => [
    row,
    goal.what,
    formatNumber(measured, 3),
    `${goal.better === "lower" ? "≤" : "≥"} ${goal.must}`,
    `${goal.better === "lower" ? "≤" : "≥"} ${goal.aim}`,
    text,
  ]);
  return renderTable(["row", "what", "measured", "must", "aim", ""], lines).join("\n");
}

/** Markdown, padded so that it reads well on a terminal too. */
export function renderTable(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const renderLine = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [renderLine(head), `| ${rule.join(" | ")} |`, ...lines.map(renderLine)];
}

function renderMetric({ key, digits }: Metric, result: RowResult, contender: string): string {
  const values = readSamples(result, contender, key);
  if (values.length === 0) return "–";
  const middle = formatNumber(median(values), digits);
  const low = formatNumber(Math.min(...values), digits);
  const high = formatNumber(Math.max(...values), digits);
  return low === high ? middle : `${middle} (${low}…${high})`;
}

/** Median of the ratios of one repetition each: both sides then met the same state of the machine. */
function renderRatio(result: RowResult, contender: string): string {
  const { ratioOf, contenders } = result.plan;
  const ours = readSamples(result, contenders[0]!.name, ratioOf ?? "");
  const theirs = readSamples(result, contender, ratioOf ?? "");
  const pairs = theirs.slice(0, ours.length).map((value, index) => value / ours[index]!);
  return pairs.length === 0 ? "–" : `${formatNumber(median(pairs), 2)}×`;
}

function readSamples(result: RowResult, contender: string, metric: string): number[] {
  const samples = result.samples.get(contender) ?? [];
  return samples
    .map((sample) => sample[metric])
    .filter((value): value is number => value !== undefined && !Number.isNaN(value));
}

export function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return "–";
  return String(Number(value.toFixed(digits)));
}
