/** The parts that generated pages are made of. */

/** A whole page: title, a note on where it comes from, lines. */
export function renderPage(title: string, source: string, lines: readonly string[]): string {
  const note = `<!-- Made from ${source} by \`npm run docs\`: change it there. -->`;
  return [`# ${title}`, "", note, "", ...lines, ""].join("\n");
}

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const renderCell = (cell: string) => cell.replaceAll("|", "\\|").replaceAll("\n", " ");
  const renderRow = (cells: readonly string[]) => `| ${cells.map(renderCell).join(" | ")} |`;
  return [renderRow(head), `|${head.map(() => "---|").join("")}`, ...rows.map(renderRow)];
}
