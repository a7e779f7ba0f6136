import { AzError } from "../az/az-error.ts";

/** What `--include-archived` and `--archived-only` choose. */
export function readListFilter(values: { readonly includeArchived: boolean; readonly archivedOnly: boolean }) {
  if (values.includeArchived && values.archivedOnly)
    throw new AzError(1, "Cannot provide both archived-only and include-archived.");
  return values.archivedOnly ? "only" : values.includeArchived ? "include" : "exclude";
}

/** `--max-results`; `otherwise` when it is absent. */
export function readLimit(written: string | null, otherwise: number | null): number | null {
  if (written === null) return otherwise;
  if (!/^\d{1,9}$/.test(written)) throw new AzError(2, `argument --max-results/-r: invalid int value: '${written}'`);
  return Number(written);
}
