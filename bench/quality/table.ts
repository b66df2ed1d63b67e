/** What a program found out, for a reader. */
export interface QualityTable {
  /** What was measured, and on which data. */
  readonly title: string;
  /** How it was measured, where the title does not say all. */
  readonly note?: string;
  readonly columns: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** A line of a table of models: the mean and standard deviation of each figure over seeds. */
export function modelTable(
  title: string,
  model: string,
  seeds: readonly number[],
  measured: readonly Readonly<Record<string, number>>[],
): QualityTable {
  const names = Object.keys(measured[0]!);
  return {
    title,
    note: `Mean ± standard deviation over seeds ${seeds[0]} to ${seeds.at(-1)}, each for both split and model.`,
    columns: ["model", ...names],
    lines: [[model, ...names.map((name) => spread(measured.map((of) => of[name]!)))]],
  };
}

/** Mean ± sample standard deviation; the value itself where there is one. */
export function spread(values: readonly number[]): string {
  const mean = meanOf(values);
  const text = mean >= 100 ? mean.toFixed(0) : mean.toFixed(4);
  if (values.length === 1) return text;
  const sd = Math.sqrt(varianceOf(values));
  return `${text} ± ${mean >= 100 ? sd.toFixed(0) : sd.toFixed(4)}`;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Divided by one less than there are. */
export function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1);
}

/** Tables of one title as one. */
export function merged(tables: readonly QualityTable[]): QualityTable[] {
  const byTitle = new Map<string, QualityTable>();
  for (const table of tables) {
    const before = byTitle.get(table.title);
    byTitle.set(table.title, before === undefined ? table : { ...before, lines: [...before.lines, ...table.lines] });
  }
  return [...byTitle.values()];
}

/** Tables under second-level headings. */
export function toMarkdown(tables: readonly QualityTable[]): string {
  return tables
    .map(({ title, note, columns, lines }) =>
      [
        `## ${title}\n`,
        ...(note === undefined ? [] : [`${note}\n`]),
        `| ${columns.join(" | ")} |`,
        `|${columns.map(() => " --- |").join("")}`,
        ...lines.map((cells) => `| ${cells.join(" | ")} |`),
      ].join("\n"),
    )
    .join("\n\n");
}
