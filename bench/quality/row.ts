/** A metric of a model on a dataset, over several seeds, each of which decides split and model. */
export interface QualityRow {
  readonly data: string;
  readonly model: string;
  readonly metric: string;
  readonly mean: number;
  /** Sample standard deviation; null for one seed. */
  readonly sd: number | null;
  readonly seeds: readonly number[];
}

/** Rows from what each seed's model measured. */
export function rowsOf(
  data: string,
  model: string,
  seeds: readonly number[],
  measured: readonly Readonly<Record<string, number>>[],
): QualityRow[] {
  return Object.keys(measured[0]!).map((metric) => {
    const values = measured.map((of) => of[metric]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    const sd = values.length === 1 ? null : Math.sqrt(squares / (values.length - 1));
    return { data, model, metric, mean, sd, seeds };
  });
}

/** A Markdown table, a line for each model, a column for each metric. */
export function tableOf(rows: readonly QualityRow[]): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const models = [...new Set(rows.map(({ data, model }) => JSON.stringify([data, model])))];
  const cell = (row: QualityRow | undefined): string => {
    if (row === undefined) return "";
    return row.sd === null ? row.mean.toFixed(4) : `${row.mean.toFixed(4)} ± ${row.sd.toFixed(4)}`;
  };
  const lines = models.map((key) => {
    const [data, model] = JSON.parse(key) as [string, string];
    const own = rows.filter((row) => row.data === data && row.model === model);
    return `| ${[data, model, ...metrics.map((metric) => cell(own.find((row) => row.metric === metric)))].join(" | ")} |`;
  });
  const head = ["data", "model", ...metrics];
  return [`| ${head.join(" | ")} |`, `|${head.map(() => " --- |").join("")}`, ...lines].join("\n");
}
