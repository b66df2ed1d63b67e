/** Lines of columns under a header, the first column to the left, the others to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, place) =>
    rows.reduce((most, row) => Math.max(most, row[place]!.length), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[place]!) : cell.padStart(widths[place]!)))
      .join("  ")
      .trimEnd();
  return `${[header, ...rows].map(line).join("\n")}\n`;
}
