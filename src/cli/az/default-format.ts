import { readAzConfig } from "./az-config.ts";
import { type OutputFormat, outputFormats } from "./global-options.ts";

/** The format when `-o` is absent: AZURE_CORE_OUTPUT, else what `az config set core.output=…` has kept, else json. */
export function readDefaultFormat(home: string): OutputFormat {
  const written = (process.env.AZURE_CORE_OUTPUT || readAzConfig(home)["core.output"] || "json").toLowerCase();
  return outputFormats.find((format) => format === written) ?? "json";
}
