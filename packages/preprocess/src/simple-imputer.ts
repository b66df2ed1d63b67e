import { type Cleaned, changeColumns } from "./clean.js";
import { MlsecError } from "./errors.js";
import { presentSum } from "./moments.js";
import { quantiles, sortedPresent } from "./quantile.js";
import { learned, requirePresent } from "./scalers/scaler.js";
import { type Json, type State, StateReader, toPlain } from "./state.js";
import type { Column, NumberColumn, Table, TextColumn } from "./table.js";
import { compareCodePoints } from "./text.js";

/** What is put into missing cells, as in scikit-learn's SimpleImputer; `mostFrequent` takes the least of equally frequent ones. */
export type ImputeStrategy = "mean" | "median" | "mostFrequent" | "constant";

export interface ImputeOptions {
  /** Default `median`, which outliers do not move. */
  readonly strategy?: ImputeStrategy | undefined;
  /** For `constant`: a finite number for numeric columns, or a text for text columns. Default 0. */
  readonly value?: number | string | undefined;
  /**
   * Default: all numeric columns for `mean` and `median`, all columns for `mostFrequent`, those of the value's type for
   * `constant`.
   */
  readonly columns?: readonly string[] | undefined;
}

/** What goes into the missing cells of one column. */
export interface Fill {
  readonly name: string;
  readonly value: number | string;
}

/**
 * Fills missing cells with what the training rows say: fitted on them once, used on any rows, as scikit-learn's
 * SimpleImputer (which knows the strategies `mean`, `median`, `most_frequent` and `constant`).
 */
export class SimpleImputer {
  private constructor(
    readonly strategy: ImputeStrategy,
    /** Per column, in order, what its missing cells get. */
    readonly fills: readonly Fill[],
  ) {}

  /**
   * @throws MlsecError `missing-column`; `wrong-type` for a column that the strategy cannot fill; `no-values` for one
   *   without present cells; `not-finite` where infinities decide the value; `invalid-option`.
   */
  static fit(table: Table, options: ImputeOptions = {}): SimpleImputer {
    const { strategy = "median", value = 0 } = options;
    const names = options.columns ?? imputedColumns(table, options);
    return new SimpleImputer(
      strategy,
      names.map((name) => learnFill(table.column(name), name, strategy, value)),
    );
  }

  /**
   * The table with its missing cells filled, and how many there were; other columns pass as they are.
   *
   * @throws MlsecError `missing-column`, or `wrong-type` for a column that has changed its type since the fit.
   */
  transform(table: Table): Cleaned {
    const fillOf = new Map(this.fills.map(({ name, value }) => [name, value]));
    return changeColumns(table, [...fillOf.keys()], (column, name, touch) =>
      fillColumn(column, { name, value: fillOf.get(name)! }, touch),
    );
  }

  toState(): State {
    return { strategy: this.strategy, fills: this.fills.map(({ name, value }) => ({ name, value })) };
  }

  toJSON(): Json {
    return toPlain(this.toState());
  }

  /** @throws MlsecError `invalid-state`. */
  static fromState(state: unknown): SimpleImputer {
    const reader = new StateReader(state, "SimpleImputer");
    const fills = reader.objects("fills").map((fill): Fill => {
      const value = typeof fill.raw("value") === "string" ? fill.string("value") : fill.number("value");
      return { name: fill.string("name"), value };
    });
    if (new Set(fills.map(({ name }) => name)).size !== fills.length) reader.fail("fills", "one value a column");
    return new SimpleImputer(reader.oneOf("strategy", STRATEGIES), fills);
  }

  static fromJSON(json: Json): SimpleImputer {
    return SimpleImputer.fromState(json);
  }
}

const STRATEGIES: readonly ImputeStrategy[] = ["mean", "median", "mostFrequent", "constant"];

/**
 * Fits a `SimpleImputer` on a table and fills the same table's missing cells. Other rows (test rows, rows to be scored)
 * must be filled by the same `imputer`.
 *
 * @throws MlsecError as `SimpleImputer.fit`.
 */
export function imputeMissing(
  table: Table,
  options: ImputeOptions = {},
): Cleaned & { readonly imputer: SimpleImputer } {
  const imputer = SimpleImputer.fit(table, options);
  return { ...imputer.transform(table), imputer };
}

/** The columns that a strategy can fill. */
function imputedColumns(table: Table, { strategy = "median", value = 0 }: ImputeOptions): string[] {
  const fillable = (column: Column): boolean => {
    if (strategy === "mostFrequent") return true;
    const isText = strategy === "constant" && typeof value === "string";
    return column.kind === (isText ? "text" : "number");
  };
  return [...table].filter(([, column]) => fillable(column)).map(([name]) => name);
}

/** The column with its missing cells filled; null where there are none. `touch` is called for each of their rows. */
export function fillColumn(column: Column, { name, value }: Fill, touch: (row: number) => void): Column | null {
  if (column.kind === "number") {
    if (typeof value === "string") throw wrongFill(name, "numbers", value);
    return fillNumbers(column, value, touch);
  }
  if (typeof value === "number") throw wrongFill(name, "text", value);
  return fillTexts(column, value, touch);
}

function fillNumbers({ values }: NumberColumn, fill: number, touch: (row: number) => void): NumberColumn | null {
  let filled: Float64Array | null = null;
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) continue;
    filled ??= values.slice();
    filled[row] = fill;
    touch(row);
  }
  return filled && { kind: "number", values: filled };
}

function fillTexts({ codes, dictionary }: TextColumn, fill: string, touch: (row: number) => void): TextColumn | null {
  if (!codes.includes(-1)) return null;
  const known = dictionary.indexOf(fill);
  const code = known === -1 ? dictionary.length : known;
  const filled = codes.map((old, row) => {
    if (old >= 0) return old;
    touch(row);
    return code;
  });
  return { kind: "text", codes: filled, dictionary: known === -1 ? [...dictionary, fill] : dictionary };
}

function learnFill(column: Column, name: string, strategy: ImputeStrategy, constant: number | string): Fill {
  switch (strategy) {
    case "constant":
      return { name, value: checkedConstant(column, name, constant) };
    case "mostFrequent":
      return { name, value: column.kind === "text" ? commonestText(column, name) : commonest(column.values, name) };
    case "mean": {
      const { count, sum } = presentSum(numbersOf(column, name));
      requirePresent(count, name);
      return { name, value: learned(sum / count, name) };
    }
    case "median": {
      const { count, quantiles: found } = quantiles(numbersOf(column, name), [0.5]);
      requirePresent(count, name);
      return { name, value: learned(found[0]!, name) };
    }
    default:
      throw new MlsecError("invalid-option", `There is no imputation called ${JSON.stringify(strategy)}.`, {
        got: strategy,
        expected: STRATEGIES,
      });
  }
}

function checkedConstant(column: Column, name: string, value: number | string): number | string {
  const isText = typeof value === "string";
  if (isText !== (column.kind === "text")) throw wrongFill(name, column.kind === "text" ? "text" : "numbers", value);
  return isText ? value : learned(value, name);
}

function numbersOf(column: Column, name: string): Float64Array {
  if (column.kind === "number") return column.values;
  throw new MlsecError(
    "wrong-type",
    `Column ${JSON.stringify(name)} holds text, which has no mean or median. Impute it by "mostFrequent" or a "constant" text.`,
    { column: name },
  );
}

function commonest(values: Float64Array, name: string): number {
  const sorted = sortedPresent(values);
  requirePresent(sorted.length, name);
  let best = sorted[0]!;
  let longest = 0;
  for (let start = 0, i = 1; i <= sorted.length; i++) {
    if (sorted[i] === sorted[start]) continue;
    if (i - start > longest) {
      longest = i - start;
      best = sorted[start]!;
    }
    start = i;
  }
  return learned(best, name);
}

function commonestText({ codes, dictionary }: TextColumn, name: string): string {
  const counts = new Int32Array(dictionary.length);
  for (const code of codes) if (code >= 0) counts[code]!++;
  const used = [...counts.keys()].filter((code) => counts[code]! > 0);
  requirePresent(used.length, name);
  const best = used.reduce((a, b) => {
    const more = counts[b]! - counts[a]!;
    return more > 0 || (more === 0 && compareCodePoints(dictionary[b]!, dictionary[a]!) < 0) ? b : a;
  });
  return dictionary[best]!;
}

function wrongFill(name: string, kind: string, value: number | string): MlsecError {
  return new MlsecError(
    "wrong-type",
    `The missing cells of column ${JSON.stringify(name)}, which holds ${kind}, cannot be filled with ${JSON.stringify(value)}.`,
    { column: name, expected: kind, got: value },
  );
}
