import { numberFault, numberFromText } from "../number-text.js";
import type { IssueLog } from "../read-issues.js";
import type { Column } from "../table.js";
import { corrupt } from "./corrupt.js";
import type { LogicalType } from "./logical-type.js";

/** A text of a Parquet file whose bytes are not UTF-8. */
export class Undecodable {
  /** The bytes, with U+FFFD for what is not UTF-8. */
  constructor(readonly shown: string) {}
}

/** Takes the cells of one column in any number of runs. */
export abstract class ColumnBuilder {
  constructor(
    protected readonly name: string,
    protected readonly type: LogicalType,
    protected readonly issues: IssueLog,
  ) {}

  /** Takes `cells` for the rows from `row` on; null is a missing cell. */
  abstract add(cells: ArrayLike<unknown>, row: number): void;
  abstract column(): Column;

  /** A decoder leaves undefined where a page refers to what its dictionary lacks. */
  protected dangling(row: number): never {
    throw corrupt(`row ${row + 1} of column ${JSON.stringify(this.name)} refers to no entry of its dictionary`);
  }
}

export class NumberBuilder extends ColumnBuilder {
  private readonly values: Float64Array;

  constructor(name: string, type: LogicalType, issues: IssueLog, rows: number) {
    super(name, type, issues);
    this.values = new Float64Array(rows);
  }

  add(cells: ArrayLike<unknown>, row: number): void {
    if (cells instanceof Float64Array || cells instanceof Float32Array) {
      this.values.set(cells, row);
      return;
    }
    for (let i = 0; i < cells.length; i++) this.values[row + i] = this.number(cells[i], row + i);
  }

  private number(cell: unknown, row: number): number {
    if (cell === null) return Number.NaN;
    if (cell === undefined) return this.dangling(row);
    const number = this.type.kind === "text" ? numberFromText(String(cell)) : this.type.toNumber(cell);
    if (number !== undefined) return number;
    if (cell instanceof Undecodable) {
      this.issues.addCell("not-utf8", row, this.name, cell.shown, "is not UTF-8");
    } else if (this.type.kind === "text") {
      const { kind, fault } = numberFault(String(cell));
      this.issues.addCell(kind, row, this.name, String(cell), fault);
    } else {
      this.issues.addCell(
        "not-exact",
        row,
        this.name,
        String(cell),
        'has no exact float64; types "text" keeps its digits',
      );
    }
    return Number.NaN;
  }

  column(): Column {
    return { kind: "number", values: this.values };
  }
}

export class TextBuilder extends ColumnBuilder {
  private readonly codes: Int32Array;
  private readonly dictionary: string[] = [];
  private readonly codeOf = new Map<string, number>();

  constructor(name: string, type: LogicalType, issues: IssueLog, rows: number) {
    super(name, type, issues);
    this.codes = new Int32Array(rows);
  }

  add(cells: ArrayLike<unknown>, row: number): void {
    for (let i = 0; i < cells.length; i++) this.codes[row + i] = this.code(cells[i], row + i);
  }

  private code(cell: unknown, row: number): number {
    if (cell === null) return -1;
    if (cell === undefined) return this.dangling(row);
    if (cell instanceof Undecodable) {
      this.issues.addCell("not-utf8", row, this.name, cell.shown, "is not UTF-8");
      return -1;
    }
    const text = typeof cell === "string" ? cell : this.textOfNumber(cell);
    if (text === undefined) return -1;
    let code = this.codeOf.get(text);
    if (code === undefined) {
      code = this.dictionary.push(text) - 1;
      this.codeOf.set(text, code);
    }
    return code;
  }

  /** Integers with all their digits, other numbers in their shortest form; NaN is missing. */
  private textOfNumber(cell: unknown): string | undefined {
    const number = this.type.toNumber(cell);
    if (number === undefined) return String(cell);
    return Number.isNaN(number) ? undefined : String(number);
  }

  column(): Column {
    return { kind: "text", codes: this.codes, dictionary: this.dictionary };
  }
}
