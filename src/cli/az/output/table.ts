/** Keys that a table leaves out. */
const hiddenKeys = new Set(["id", "type", "etag"]);

type Row = Readonly<Record<string, unknown>>;

export interface TableOptions {
  /** The columns of one element, where the command fixes them; not with a query. */
  readonly columns: ((row: Row) => Row) | null;
}

/** A table with a dashed rule and two spaces between columns; an empty list is an empty line. */
export function formatTable(value: unknown, { columns }: TableOptions): string {
  const rows = (Array.isArray(value) ? value : [value]).map((each) => makeRow(each, columns));
  const headings = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (headings.length === 0) return "\n";
  const lines = [headings, ...rows.map((row) => headings.map((heading) => showCell(row.get(heading))))];
  // A heading has two columns to spare, as in the tables of `az`.
  const widths = headings.map((heading, at) =>
    Math.max(measure(heading) + 2, ...lines.map((line) => measure(line[at] as string))),
  );
  const draw = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell + " ".repeat((widths[at] as number) - measure(cell)))
      .join("  ")
      .trimEnd();
  const [head, ...body] = lines.map(draw);
  return `${[head, widths.map((width) => "-".repeat(width)).join("  "), ...body].join("\n")}\n`;
}

function makeRow(value: unknown, columns: TableOptions["columns"]): Map<string, unknown> {
  if (Array.isArray(value)) return new Map(value.map((each, at) => [`Column${at + 1}`, each]));
  if (typeof value !== "object" || value === null) return new Map([["Result", value]]);
  const entries = Object.entries(columns === null ? value : columns(value as Row));
  const shown = entries.filter(
    ([key, each]) =>
      each !== null && each !== undefined && typeof each !== "object" && (columns !== null || !hiddenKeys.has(key)),
  );
  return new Map(shown.map(([key, each]) => [key.slice(0, 1).toUpperCase() + key.slice(1), each]));
}

function showCell(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  return (typeof value === "object" ? JSON.stringify(value) : String(value)).replace(/[\r\n]+/g, " ");
}

/** Columns that a text takes in a terminal: wide characters take two. */
function measure(text: string): number {
  // Nearly every cell; ten thousand rows are a tenth of a second faster for it.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text)
    width += /\p{M}/u.test(character) ? 0 : isWide(character.codePointAt(0) as number) ? 2 : 1;
  return width;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  );
}
