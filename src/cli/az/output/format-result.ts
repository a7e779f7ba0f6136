import type { CommandSpec, OptionTable } from "../command.ts";
import type { OutputFormat } from "../global-options.ts";
import { prepareResult } from "./prepare-result.ts";
import { formatTable } from "./table.ts";
import { formatTsv } from "./tsv.ts";

export interface FormatOptions {
  readonly format: OutputFormat;
  readonly query: string | null;
  /** Columns that the command fixes for its table. */
  readonly table: CommandSpec<OptionTable>["table"];
  /** Whether jsonc and yamlc may have colours: stdout and stderr are terminals. */
  readonly isColoured: boolean;
}

/** The text on stdout for a result; empty for a result of null, also when the query finds nothing. */
export async function formatResult(result: unknown, options: FormatOptions): Promise<string> {
  const { format, query, table } = options;
  if (result === null || result === undefined) return "";
  let value = prepareResult(result);
  if (query !== null) {
    const { runQuery } = await import("./query.ts");
    value = runQuery(value, query);
    if (value === null || value === undefined) return "";
    // tsv and table keep the order in which a query names its keys; the others sort them.
    if (format !== "tsv" && format !== "table") value = prepareResult(value);
  }
  switch (format) {
    case "none":
      return "";
    case "tsv":
      return formatTsv(value);
    case "table":
      return formatTable(value, { columns: query === null ? (table ?? null) : null });
    case "yaml":
    case "yamlc": {
      const { formatYaml } = await import("./yaml.ts");
      return formatYaml(value, options.isColoured && format === "yamlc");
    }
    default: {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      return options.isColoured && format === "jsonc" ? (await import("./colour.ts")).colourJson(text) : text;
    }
  }
}
