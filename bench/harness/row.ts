/** What a row of the benchmark is, and the loop that measures its contenders in turn. */

import type { BenchContext } from "./context.ts";
import { readLoad } from "./machine.ts";
import { requireSameOutput } from "./same-output.ts";

export interface Metric {
  readonly key: string;
  /** Head of the column, with the unit. */
  readonly label: string;
  readonly digits: number;
}

export interface Sample {
  readonly metrics: Readonly<Record<string, number>>;
  /** The published file; compared byte for byte with that of the first contender. */
  readonly outputFile?: string;
  /** It holds only the beginning of the first contender's. */
  readonly isOutputPart?: boolean;
  /** Removes what the run left behind; called after the output was compared. */
  readonly cleanUp?: () => void;
}

export interface Contender {
  /** Ours comes first; the ratios of the others are to it. */
  readonly name: string;
  /** Shown under the table, for example that fewer mini-batches were run. */
  readonly note?: string;
  /** Called before each measured run, not timed. */
  readonly prepare?: () => Promise<void> | void;
  /** Repetitions, where they are not those of the command line. */
  readonly repeat?: number;
  run(repetition: number): Promise<Sample>;
}

export interface Goal {
  readonly what: string;
  readonly contender: string;
  readonly metric: string;
  readonly must: number;
  readonly aim: number;
  readonly better: "lower" | "higher";
}

export interface Plan {
  /** Sizes and settings in words. */
  readonly parameters: string;
  readonly metrics: readonly Metric[];
  /** Metric of the ratios; null for none. */
  readonly ratioOf: string | null;
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  /** Contenders that could not take part, and why. */
  readonly skipped: readonly string[];
}

export interface Row {
  readonly name: string;
  readonly title: string;
  /** Makes inputs and environments; null with a line of text when the row cannot be measured here. */
  prepare(context: BenchContext): Promise<Plan | string>;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly plan: Plan;
  /** Samples by contender. */
  readonly samples: ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>;
  readonly loadBefore: number;
  readonly loadAfter: number;
}

/** Runs the contenders of a row in turn, ours, peer, ours, peer, …, so that all meet the same drift of the machine's speed. */
export async function measureRow(row: Row, plan: Plan, context: BenchContext): Promise<RowResult> {
  const samples = new Map<string, Readonly<Record<string, number>>[]>(plan.contenders.map(({ name }) => [name, []]));
  const loadBefore = readLoad();
  const repeats = plan.contenders.map((contender) => contender.repeat ?? context.options.repeat);
  let reference: Sample | null = null;
  try {
    for (let repetition = 0; repetition < Math.max(...repeats); repetition++) {
      for (const [index, contender] of plan.contenders.entries()) {
        if (repetition >= repeats[index]!) continue;
        await contender.prepare?.();
        const sample = await contender.run(repetition);
        samples.get(contender.name)!.push(sample.metrics);
        context.progress(row.name, contender.name, repetition, sample.metrics);
        if (reference === null) {
          reference = sample;
          continue;
        }
        await compareOutputs(reference, sample, contender.name);
        sample.cleanUp?.();
      }
    }
  } finally {
    reference?.cleanUp?.();
  }
  return { name: row.name, title: row.title, plan, samples, loadBefore, loadAfter: readLoad() };
}

async function compareOutputs(reference: Sample, sample: Sample, contender: string): Promise<void> {
  if (reference.outputFile === undefined || sample.outputFile === undefined) return;
  await requireSameOutput(reference.outputFile, sample.outputFile, contender, sample.isOutputPart ?? false);
}
