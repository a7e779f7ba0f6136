import { existsSync } from "node:fs";
import { exitCodes } from "../../errors.ts";
import type { FreedItem } from "../../upkeep/free-garbage.ts";
import type { Garbage, GarbageReport } from "../../upkeep/garbage.ts";
import { defineCommand, number, toggle } from "../az/command.ts";
import { formatBytes, formatNumberOf } from "../format.ts";
import { showText } from "../terminal.ts";
import { yesOption } from "./shared-options.ts";

const defaultMinAge = 10;

interface GcResult {
  readonly freed: readonly Record<string, unknown>[];
  readonly kept: readonly Record<string, unknown>[];
  readonly bytes: number;
  readonly dryRun: boolean;
  readonly notices: readonly string[];
}

/** `batchwise gc` */
export const gc = defineCommand({
  summary: "free what nobody needs: unused environments, leftovers of killed processes, archived jobs",
  description:
    "Shows what can be freed in the home folder, asks, and frees it. What a deployment or a job uses stays, and so does everything of a job that runs or waits.",
  options: {
    archived: toggle(["--archived"], "Archived jobs too, with their results."),
    dryRun: toggle(["--dry-run"], "Show what would be freed, free nothing."),
    minAge: number(["--min-age"], "Leave alone what is younger than this many minutes; 10 when not given.", {
      placeholder: "MINUTES",
    }),
    yes: yesOption,
  },
  examples: ["batchwise gc --dry-run", "batchwise gc --archived --yes", "batchwise gc --yes -o json"],
  text: (result) => formatResult(result as GcResult),
  async run(values, call) {
    if (!existsSync(call.home)) return describe({ items: [], notices: [] }, [], values.dryRun);
    const catalog = await call.openCatalog();
    const { findGarbage } = await import("../../upkeep/garbage.ts");
    const minAgeMs = (values.minAge ?? defaultMinAge) * 60_000;
    const report = await findGarbage(catalog, { archived: values.archived, minAgeMs });
    if (values.dryRun || report.items.length === 0) return describe(report, [], values.dryRun);
    if (!values.yes) {
      call.note(`${report.items.map(formatItem).join("\n")}\n${sumUp(report.items, "can be freed")}`);
      await call.confirm(false);
    }
    const { freeGarbage } = await import("../../upkeep/free-garbage.ts");
    const done = freeGarbage(catalog, report.items);
    if (done.some(({ kept }) => kept !== null)) call.exitCode = exitCodes.failed;
    return describe(report, done, false);
  },
});

function describe(report: GarbageReport, done: readonly FreedItem[], dryRun: boolean): GcResult {
  const freed = dryRun ? report.items : done.filter(({ kept }) => kept === null).map(({ item }) => item);
  return {
    freed: freed.map(describeItem),
    kept: done.filter(({ kept }) => kept !== null).map(({ item, kept }) => ({ ...describeItem(item), kept })),
    bytes: freed.reduce((sum, { bytes }) => sum + bytes, 0),
    dryRun,
    notices: report.notices,
  };
}

function describeItem({ kind, name, path, bytes, why }: Garbage): Record<string, unknown> {
  return { kind, name, path, bytes, why };
}

function formatResult({ freed, kept, dryRun, notices }: GcResult): string {
  const items = freed as unknown as Garbage[];
  const lines = items.map(formatItem);
  for (const { kind, name, kept: reason } of kept) lines.push(`kept   ${kind} ${name}: ${reason}`);
  for (const notice of notices) lines.push(`note: ${notice}`);
  lines.push(items.length === 0 ? "nothing to free" : sumUp(items, dryRun ? "can be freed" : "freed"));
  return `${showText(lines.join("\n"))}\n`;
}

function formatItem({ kind, name, bytes, why }: Garbage): string {
  return `${formatBytes(bytes).padStart(10)}  ${kind} ${name}: ${why}`;
}

function sumUp(items: readonly Garbage[], what: string): string {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return `${formatNumberOf(items.length, "thing")}, ${formatBytes(bytes)} ${what}`;
}
