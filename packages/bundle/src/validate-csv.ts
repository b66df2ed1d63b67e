import {
  type ColumnSketch,
  type ColumnType,
  type CsvIssueCount,
  type CsvSource,
  describeMissing,
  type InputColumn,
  MlsecError,
  type NumberSketch,
  type ReadCsvOptions,
  readCsv,
  type Table,
} from "@mlsec/preprocess";
import type { Detector } from "./detect/detector.js";
import { type Finding, finding, fits } from "./findings.js";

/** What a CSV is to a model. */
export interface CsvValidation {
  /** Whether every row can be predicted as it stands: no finding is an error. */
  readonly fits: boolean;
  readonly findings: readonly Finding[];
  readonly rows: number;
  /** Rows that could be predicted. */
  readonly predictedRows: number;
  /** Predicted rows per class, for the classes that occur. */
  readonly predictions: Readonly<Record<string, number>>;
}

const MAX_EXAMPLES = 3;

/** What becomes of missing cells of a column that an `imputeMissing` step names. */
const FILLED = "filled as the model's preprocessing says";

/** How many widths of its training range a value may lie beyond either end before it counts as far outside. */
const FAR_OUTSIDE = 1;

const ISSUE_CHECKS: Readonly<Record<CsvIssueCount["kind"], string>> = {
  "ragged-row": "row-shape",
  "not-a-number": "numeric",
  overflow: "numeric",
  "bad-quote": "quoting",
  "not-utf8": "encoding",
};

/**
 * Checks a CSV against a model and reports everything at once: missing and misspelt features, text in numeric columns,
 * missing and infinite cells, unseen categories, values far outside the training range; then predicts every row that it
 * can.
 *
 * @param source must be readable more than once (a file, bytes, a text) or small enough to be kept.
 * @param options as for `readCsv`; types and policy are the validation's own.
 */
export async function validateCsv(
  detector: Detector,
  source: CsvSource,
  options: Pick<ReadCsvOptions, "headers" | "delimiter" | "signal"> = {},
): Promise<CsvValidation> {
  const findings: Finding[] = [];
  const types = detector.inputTypes;
  let table: Table;
  try {
    table = await readCsv(source, {
      ...options,
      types,
      policy: "missing",
      onIssues: ({ counts }) =>
        findings.push(...counts.filter(({ column }) => column === null || types.has(column)).map(issueFinding)),
    });
  } catch (error) {
    if (!(error instanceof MlsecError) || error.code === "aborted" || error.code === "file-not-readable") throw error;
    findings.push(finding("error", "readable", error.message));
    return { fits: false, findings, rows: 0, predictedRows: 0, predictions: {} };
  }
  const missing = detector.inputs.filter(({ name }) => !table.has(name));
  for (const { name } of missing) {
    findings.push(
      finding("error", "features-present", `A feature is missing: ${describeMissing(name, table.names)}.`, {
        column: name,
      }),
    );
  }
  const faulty = new Set(
    findings.flatMap(({ check, column }) => (check === "numeric" && column !== null ? [column] : [])),
  );
  const { imputed } = detector.bundle.pipeline.preprocessor;
  for (const input of detector.inputs.filter(({ name }) => table.has(name))) {
    const { name } = input;
    const treatment = { isFaulty: faulty.has(name), isImputed: imputed.has(name) };
    findings.push(...checkColumn(table, input, sketchOf(detector, input), treatment));
  }
  findings.push(...extraColumns(table, types));
  if (missing.length > 0) {
    findings.push(finding("info", "prediction", "No row was predicted, because features are missing."));
    return { fits: fits(findings), findings, rows: table.rows, predictedRows: 0, predictions: {} };
  }
  const { codes, report } = detector.detectColumns(table, { invalidRows: "skip" });
  findings.push(...tooLarge(table, detector, codes));
  for (const [column, counts] of report.unseen) {
    const rows = [...counts.values()].reduce((a, b) => a + b, 0);
    const examples = [...counts]
      .slice(0, MAX_EXAMPLES)
      .map(([category, count]) => `${JSON.stringify(category)} in ${count} rows`);
    findings.push(
      finding(
        "warning",
        "unseen-categories",
        `Column ${JSON.stringify(column)} has categories that training had not.`,
        { column, count: rows, examples },
      ),
    );
  }
  const predictions = countClasses(detector, codes, findings);
  const predictedRows = Object.values(predictions).reduce((a, b) => a + b, 0);
  findings.push(
    finding("info", "prediction", `${predictedRows} of ${table.rows} rows were predicted.`, { count: predictedRows }),
  );
  return { fits: fits(findings), findings, rows: table.rows, predictedRows, predictions };
}

function issueFinding({ kind, column, count, examples }: CsvIssueCount): Finding {
  const where =
    column === null
      ? "Rows do not have as many fields as the header"
      : `Column ${JSON.stringify(column)} has faulty cells (${kind})`;
  return finding("error", ISSUE_CHECKS[kind], `${where}.`, {
    column,
    count,
    examples: examples.map(({ message }) => message),
  });
}

function sketchOf(detector: Detector, { name }: InputColumn): ColumnSketch | undefined {
  return detector.bundle.pipeline.provenance.fingerprint.columns.find((column) => column.name === name)?.sketch;
}

function checkColumn(
  table: Table,
  input: InputColumn,
  sketch: ColumnSketch | undefined,
  { isFaulty, isImputed }: { readonly isFaulty: boolean; readonly isImputed: boolean },
): Finding[] {
  const column = table.column(input.name);
  const name = JSON.stringify(input.name);
  const findings: Finding[] = [];
  if (column.kind === "text") {
    const missing = rowsWhere(table.rows, (row) => column.codes[row]! < 0);
    if (missing.count > 0) {
      findings.push(
        finding(
          "warning",
          "missing-values",
          `Column ${name} has missing cells; they are ${isImputed ? FILLED : "taken for unseen categories"}.`,
          { column: input.name, ...missing },
        ),
      );
    }
    return findings;
  }
  const { values } = column;
  // Cells that were faulty became missing ones, and are reported already.
  const missing = rowsWhere(table.rows, (row) => Number.isNaN(values[row]));
  if (missing.count > 0 && !isFaulty) {
    findings.push(
      finding(
        isImputed ? "warning" : "error",
        "missing-values",
        `Column ${name} has missing cells; ${isImputed ? `they are ${FILLED}` : "their rows cannot be predicted"}.`,
        { column: input.name, ...missing },
      ),
    );
  }
  const infinite = rowsWhere(table.rows, (row) => Math.abs(values[row]!) === Number.POSITIVE_INFINITY);
  if (infinite.count > 0) {
    const isFilled = isImputed && input.type === "number" && input.infinite === "missing";
    const what = isFilled ? `they count as missing and are ${FILLED}` : "their rows cannot be predicted";
    findings.push(
      finding(isFilled ? "warning" : "error", "finite", `Column ${name} has infinite cells; ${what}.`, {
        column: input.name,
        ...infinite,
      }),
    );
  }
  if (sketch?.type === "number" && sketch.quantiles.length > 0) {
    const { low, high } = farRange(sketch);
    const outside = rowsWhere(
      table.rows,
      (row) => Number.isFinite(values[row]) && (values[row]! < low || values[row]! > high),
      (row) => String(values[row]),
    );
    if (outside.count > 0) {
      const range = `${sketch.quantiles[0]} to ${sketch.quantiles.at(-1)}`;
      findings.push(
        finding("warning", "training-range", `Column ${name} has values far outside the training range of ${range}.`, {
          column: input.name,
          ...outside,
        }),
      );
    }
  }
  return findings;
}

function farRange({ quantiles }: NumberSketch): { low: number; high: number } {
  const min = quantiles[0]!;
  const max = quantiles.at(-1)!;
  return { low: min - FAR_OUTSIDE * (max - min), high: max + FAR_OUTSIDE * (max - min) };
}

function rowsWhere(
  rows: number,
  test: (row: number) => boolean,
  show?: (row: number) => string,
): { count: number; examples: string[] } {
  const examples: string[] = [];
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (!test(row)) continue;
    count++;
    if (examples.length < MAX_EXAMPLES)
      examples.push(show === undefined ? `row ${row + 1}` : `row ${row + 1}: ${show(row)}`);
  }
  return { count, examples };
}

/** Rows that preprocessing takes, and whose numbers are then too large for the model. */
function tooLarge(table: Table, detector: Detector, codes: Int32Array): Finding[] {
  const transformable = new Set(detector.bundle.pipeline.preprocessor.transformableRows(table));
  const rows = rowsWhere(table.rows, (row) => codes[row] === -1 && transformable.has(row));
  if (rows.count === 0) return [];
  return [
    finding("error", "finite", "Some rows have numbers that are too large for the model after preprocessing.", rows),
  ];
}

function extraColumns(table: Table, types: ReadonlyMap<string, ColumnType>): Finding[] {
  const extra = table.names.filter((name) => !types.has(name));
  if (extra.length === 0) return [];
  const examples = extra.slice(0, MAX_EXAMPLES).map((name) => JSON.stringify(name));
  return [finding("info", "extra-columns", "The model does not read some columns.", { count: extra.length, examples })];
}

/** Rows per class; an output that is none of the model's classes is an error. */
function countClasses(detector: Detector, codes: Int32Array, findings: Finding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  let strange = 0;
  for (const code of codes) {
    if (code === -1) continue;
    const name = detector.classes[code];
    if (name === undefined) strange++;
    else counts[name] = (counts[name] ?? 0) + 1;
  }
  if (strange > 0)
    findings.push(
      finding("error", "class-labels", "The model put out codes that are none of its classes.", { count: strange }),
    );
  return counts;
}
