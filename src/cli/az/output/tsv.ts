/** One line per element of a list, else one line; cells are joined by a tab, nothing is quoted. Ends with a newline; an empty list is no line at all. */
export function formatTsv(value: unknown): string {
  const rows = Array.isArray(value) ? value : [value];
  return rows.map((row) => `${formatRow(row)}\n`).join("");
}

function formatRow(row: unknown): string {
  if (Array.isArray(row)) return row.map(formatCell).join("\t");
  if (typeof row === "object" && row !== null) return Object.values(row).map(formatCell).join("\t");
  return typeof row === "boolean" ? String(row) : formatCell(row);
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return String(value.length);
  return typeof value === "object" ? "" : String(value);
}
